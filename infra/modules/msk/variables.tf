variable "name" {
  description = "Name of the cluster, and prefix of what belongs to it."
  type        = string
}

variable "partition" {
  description = "AWS partition, such as aws."
  type        = string
}

variable "account_id" {
  description = "AWS account."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "vpc_id" {
  description = "VPC of the brokers."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the brokers, one a zone."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "Key that volumes and logs are encrypted with."
  type        = string
}

variable "kafka_version" {
  description = "Version of Kafka as MSK spells it. 3.9 and later run without ZooKeeper; how metadata is kept cannot be changed later."
  type        = string
  default     = "3.9.x.kraft"

  validation {
    condition     = can(regex("^(3\\.[89]\\.x\\.kraft|4\\.[0-9]+\\.x(\\.kraft)?)$", var.kafka_version))
    error_message = "kafka_version must be one of MSK's versions with KRaft, such as 3.9.x.kraft or 4.1.x.kraft."
  }
}

variable "instance_type" {
  description = "Type of the brokers, such as kafka.m7g.large; express.… has no volumes to look after and costs more."
  type        = string
  default     = "kafka.m7g.large"

  validation {
    condition     = can(regex("^(kafka|express)\\.[a-z0-9]+\\.[a-z0-9]+$", var.instance_type))
    error_message = "instance_type must be a type of MSK, such as kafka.m7g.large."
  }
}

variable "broker_count" {
  description = "Brokers, as many in each zone."
  type        = number
  default     = 3

  validation {
    condition     = var.broker_count >= 3 && var.broker_count % 3 == 0
    error_message = "broker_count must be 3 or a multiple of it: as many brokers in each of three zones."
  }
}

variable "storage_gb" {
  description = "Volume of a broker in GiB at the beginning, and how far it grows by itself. Not for express brokers."
  type        = object({ initial = number, maximum = number })
  default     = { initial = 100, maximum = 1000 }

  validation {
    condition     = var.storage_gb.initial >= 1 && var.storage_gb.maximum >= var.storage_gb.initial && var.storage_gb.maximum <= 16384
    error_message = "storage_gb must satisfy 1 <= initial <= maximum <= 16384."
  }
}

variable "monitoring_level" {
  description = "What of the brokers CloudWatch sees; beyond DEFAULT it costs."
  type        = string
  default     = "PER_TOPIC_PER_BROKER"

  validation {
    condition     = contains(["DEFAULT", "PER_BROKER", "PER_TOPIC_PER_BROKER", "PER_TOPIC_PER_PARTITION"], var.monitoring_level)
    error_message = "monitoring_level must be DEFAULT, PER_BROKER, PER_TOPIC_PER_BROKER or PER_TOPIC_PER_PARTITION."
  }
}

variable "open_monitoring" {
  description = "Whether brokers have exporters for Prometheus, at ports 11001 and 11002."
  type        = bool
  default     = false
}

variable "logs_to_s3" {
  description = "Whether broker logs go to a bucket as well."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "Days for which broker logs are kept in CloudWatch."
  type        = number
}

variable "topics" {
  description = "Topics by name. Their settings have Kafka's own names. Each has a topic of its dead letters beside it unless that is not enabled."
  type = map(object({
    partitions = number
    config     = optional(map(string), {})
    dead_letters = optional(object({
      enabled = optional(bool, true)
      topic   = optional(string)
      config  = optional(map(string), {})
    }), {})
  }))

  validation {
    condition     = alltrue([for topic in var.topics : topic.partitions == floor(topic.partitions)])
    error_message = "partitions must be whole numbers."
  }

  validation {
    condition = length(distinct(concat(
      keys(var.topics), [for name, topic in var.topics : coalesce(topic.dead_letters.topic, "${name}-dead-letters") if topic.dead_letters.enabled],
    ))) == length(var.topics) + length([for topic in var.topics : topic if topic.dead_letters.enabled])
    error_message = "Each topic needs a topic of dead letters of its own, which is no other topic."
  }

  validation {
    condition     = alltrue([for name, topic in var.topics : can(regex("^[a-zA-Z0-9._-]{1,230}$", name)) && topic.partitions >= 1])
    error_message = "topics must have names of Kafka's alphabet (letters, digits, . _ -) and at least one partition each."
  }
}
