variable "platform" {
  description = "What modules/contract says."
  type        = any
}

variable "account_id" {
  description = "AWS account."
  type        = string
}

variable "partition" {
  description = "AWS partition, such as aws."
  type        = string
}

variable "image_tag" {
  description = "Tag of the images."
  type        = string
}

variable "tasks" {
  description = "Tasks by name: image, arguments unless others are given at the start, configuration, statements of the role's policy, and days for which the log is kept, the platform's when null."
  type = map(object({
    image              = string
    command            = list(string)
    settings           = map(string)
    statements         = any
    log_retention_days = optional(number)
  }))
}

variable "port_forwarding" {
  description = "Whether there is a machine that forwards ports."
  type        = bool
  default     = false
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64."
  type        = string
}

variable "stop_timeout" {
  description = "Seconds between SIGTERM and SIGKILL."
  type        = number
}
