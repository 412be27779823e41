variable "name" {
  description = "Prefix of the names of alarms and policies."
  type        = string
}

variable "ecs_cluster_name" {
  description = "ECS cluster."
  type        = string
}

variable "service_name" {
  description = "Service that is scaled."
  type        = string
}

variable "kafka_cluster_name" {
  description = "MSK cluster, as metrics name it."
  type        = string
}

variable "group_id" {
  description = "Consumer group."
  type        = string

  validation {
    condition     = can(regex("^[!-9;-~]+$", var.group_id))
    error_message = "MSK gives no lag for a group whose name has a colon, a space or characters beyond ASCII."
  }
}

variable "topic" {
  description = "Topic that the group reads."
  type        = string
}

variable "minimum" {
  description = "Fewest tasks."
  type        = number

  validation {
    condition     = var.minimum >= 1
    error_message = "minimum must be at least 1."
  }
}

variable "maximum" {
  description = "Most tasks."
  type        = number

  validation {
    condition     = var.maximum >= var.minimum
    error_message = "maximum must not be below minimum."
  }
}

variable "lag_records" {
  description = "Records of the topic that wait: one task more above up for 3 minutes, one fewer below down for 15."
  type        = object({ up = number, down = number })
  default     = { up = 10000, down = 1000 }

  validation {
    condition     = var.lag_records.down < var.lag_records.up
    error_message = "lag_records.down must be below lag_records.up, or the service scales up and down without end."
  }
}
