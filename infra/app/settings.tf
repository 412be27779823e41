# What the daemons are told, by the keys of docs/CONFIGURATION.md. Whatever is said in producer.settings and consumer.settings wins.

locals {
  # Of a topic that platform does not have nothing is known; checks.tf says so.
  topic        = try(local.platform.kafka.topics[var.topic], { partitions = 0, config = {}, dead_letters = null })
  dead_letters = local.topic.dead_letters
  schema_name  = coalesce(var.schema_name, "${var.topic}-value")
  # Of the topic that the sink kafka writes to.
  target_schema_name = var.sink.topic == null ? null : coalesce(var.sink.schema_name, "${var.sink.topic}-value")

  # A name that is null is not set at all.
  common_settings = { for key, value in {
    "kafka.bootstrap_servers"  = local.platform.kafka.bootstrap_servers
    "kafka.auth"               = "msk-iam"
    "kafka.region"             = local.platform.region
    "kafka.topic"              = var.topic
    "kafka.group_id"           = var.group_id
    "kafka.assume_role_arn"    = try(var.kafka_role.role_arn, null)
    "kafka.external_id"        = try(var.kafka_role.external_id, null)
    "registry.name"            = try(var.registry_role.registry_arn, local.platform.registry.name)
    "registry.region"          = coalesce(try(var.registry_role.region, null), local.platform.region)
    "registry.schema_name"     = local.schema_name
    "registry.assume_role_arn" = try(var.registry_role.role_arn, null)
    "registry.external_id"     = try(var.registry_role.external_id, null)
    "dead_letter.policy"       = local.dead_letters == null ? "stop" : "topic"
    "dead_letter.topic"        = try(local.dead_letters.topic, null)
    "log.format"               = "json"
    "shutdown.grace"           = local.shutdown_grace
    "admin.listen"             = "0.0.0.0:${local.admin_port}"
  } : key => value if value != null }

  producer_settings = merge(local.common_settings, {
    # Terraform owns registry and schema: the producer finds it, and may not change it.
    "registry.resolution" = "lookup"
    "registry.create"     = "false"
    "source.kind"         = "orders"
    "source.rate"         = var.producer.rate
  }, var.producer.settings)

  sink_settings = { for key, value in {
    "sink.kind"     = var.sink.kind
    "sink.url"      = var.sink.url
    "sink.region"   = var.sink.url == null ? null : local.platform.region
    "sink.http_url" = var.sink.http_url
    # The registry has the text, and the task no file: nothing is looked up by it, nothing created.
    "target.kafka.topic"          = var.sink.topic
    "target.registry.resolution"  = var.sink.topic == null ? null : "latest"
    "target.registry.schema_name" = local.target_schema_name
  } : key => value if value != null }

  # By the key that each is told under; they stand in no setting, where whoever sees the task definition reads them.
  consumer_secrets = { for key, arn in {
    "sink.http_token"    = var.sink.http_token_secret_arn
    "sink.http_secret"   = var.sink.http_secret_secret_arn
    "transform.mask_key" = var.mask_key_secret_arn
  } : key => arn if arn != null }

  consumer_settings = merge(local.common_settings, local.sink_settings, var.consumer.settings)

  # The same brokers, topic and registry, and what `topics ensure` compares: the topics as platform makes them.
  ops_producer_settings = merge(
    {
      "topic.partitions"  = tostring(local.topic.partitions)
      "topic.replication" = "3"
    },
    { for key, value in local.topic.config : "topic.config.${key}" => value },
    { for key, value in try(local.dead_letters.config, {}) : "dead_letter.config.${key}" => value },
    local.producer_settings,
  )

  # What has a variable of its own, or goes with the platform: roles, alarms and topics are made for it.
  decided = [
    "admin.listen", "dead_letter.topic", "kafka.assume_role_arn", "kafka.auth", "kafka.bootstrap_servers", "kafka.external_id", "kafka.group_id",
    "kafka.region", "kafka.topic", "log.format", "registry.assume_role_arn", "registry.credentials", "registry.external_id", "registry.name", "registry.region",
    "registry.schema_name", "shutdown.grace", "sink.endpoint", "sink.http_secret",
    "sink.http_token", "sink.http_url", "sink.kind", "sink.path", "sink.region",
    "sink.topic", "sink.url", "target.kafka.assume_role_arn", "target.kafka.auth", "target.kafka.bootstrap_servers", "target.kafka.topic",
    "target.registry.assume_role_arn", "target.registry.credentials", "target.registry.name", "target.registry.resolution", "target.registry.schema_file",
    "target.registry.schema_name", "transform.mask_key", "transform.mask_key_file",
  ]
}
