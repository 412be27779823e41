variable "name" {
  description = "Prefix of every name, such as gluestream-dev."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "vpc_id" {
  description = "VPC of the tasks."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the scraper."
  type        = list(string)
}

variable "services" {
  description = "Services that are scraped; their names are the label service."
  type        = list(string)
}

variable "task_security_group_ids" {
  description = "Security groups of the tasks, by service."
  type        = map(string)
}

variable "admin_port" {
  description = "Port of /metrics."
  type        = number
}

variable "brokers" {
  description = "Brokers that have exporters: bootstrap servers, security group; null where they have none."
  type        = object({ bootstrap_servers = string, security_group_id = string })
  default     = null
}

variable "alarms_topic_arn" {
  description = "Topic of SNS that alarms go to."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that metrics and logs are encrypted with."
  type        = string
}

variable "log_retention_days" {
  description = "Days for which the workspace's log is kept."
  type        = number
}
