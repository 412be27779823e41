variable "platform" {
  description = "What `platform` publishes and `app` builds on."
  type = object({
    name        = string
    environment = string
    region      = string

    network = object({
      vpc_id                     = string
      private_subnet_ids         = list(string)
      endpoint_security_group_id = string
      s3_prefix_list_id          = string
      egress                     = string
      endpoints                  = list(string)
    })

    kafka = object({
      cluster_arn       = string
      cluster_name      = string
      broker_count      = number
      bootstrap_servers = string
      security_group_id = string
      instance_type     = string
      open_monitoring   = bool
      topics = map(object({
        partitions   = number
        config       = map(string)
        dead_letters = optional(object({ topic = string, config = map(string) }))
      }))
    })

    registry = object({
      name        = string
      arn         = string
      schema_arns = map(string)
    })

    repositories = map(object({ url = string, arn = string }))

    ecs = object({
      cluster_arn  = string
      cluster_name = string
      # Whether CloudWatch counts its tasks.
      counts_tasks = bool
    })

    alarms_topic_arn   = string
    kms_key_arn        = string
    log_retention_days = number
  })
}
