variable "name" {
  description = "Prefix of every name, such as gluestream-dev."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "alarms_topic_arn" {
  description = "Topic of SNS that alarms go to."
  type        = string
}

variable "kafka_cluster_name" {
  description = "MSK cluster, as metrics name it."
  type        = string
}

variable "broker_count" {
  description = "Brokers of the cluster."
  type        = number
}

variable "instance_type" {
  description = "Type of the brokers, such as kafka.m7g.large."
  type        = string
}

variable "topic" {
  description = "Topic that is read."
  type        = string
}

variable "group_id" {
  description = "Group that reads it."
  type        = string
}

variable "ecs_cluster_name" {
  description = "ECS cluster."
  type        = string
}

variable "container_insights" {
  description = "Whether the cluster counts its tasks in CloudWatch."
  type        = bool
}

variable "services" {
  description = "producer and consumer: name of the service, log group."
  type        = map(object({ name = string, log_group_name = string }))
}

variable "thresholds" {
  description = "Numbers that suit your stream: records and seconds of lag, starts of a service in 15 minutes, lines about rebalances in 10 minutes."
  type = object({
    lag_records = optional(number, 10000)
    lag_seconds = optional(number, 60)
    starts      = optional(number, 10)
    rebalances  = optional(number, 60)
  })
  default = {}
}
