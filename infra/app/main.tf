# What changes with each release: two services, what scales them, what watches them, and what an operator has beside them.

module "producer" {
  source = "../modules/ecs-service"

  platform         = local.platform
  account_id       = local.account_id
  partition        = local.partition
  name             = "producer"
  image            = "producer"
  image_tag        = var.image_tag
  settings         = local.producer_settings
  statements       = local.producer_statements
  cpu              = var.producer.cpu
  memory           = var.producer.memory
  cpu_architecture = var.cpu_architecture
  admin_port       = local.admin_port
  stop_timeout     = local.stop_timeout
  desired_count    = var.producer.desired_count
  rollback_alarms  = module.alarms.rollback_alarm_names["producer"]
  discovery        = var.metrics ? { arn = module.metrics[0].discovery_arns["producer"] } : null
}

module "consumer" {
  source = "../modules/ecs-service"

  platform         = local.platform
  account_id       = local.account_id
  partition        = local.partition
  name             = "consumer"
  image            = "consumer"
  image_tag        = var.image_tag
  settings         = local.consumer_settings
  secrets          = { arns = local.consumer_secrets, kms_key_arn = var.sink.kind == "http" ? var.sink.kms_key_arn : null }
  statements       = local.consumer_statements
  cpu              = var.consumer.cpu
  memory           = var.consumer.memory
  cpu_architecture = var.cpu_architecture
  admin_port       = local.admin_port
  stop_timeout     = local.stop_timeout
  # With values of records in it: who may read it is a question of its own.
  log_group          = var.sink.kind == "stdout" ? "consumer-payloads" : "consumer"
  log_retention_days = var.sink.kind == "stdout" ? var.payload_retention_days : null
  # A record counts as delivered once it is written to stdout: none may be lost behind that.
  log_mode        = var.sink.kind == "stdout" ? "blocking" : "non-blocking"
  desired_count   = var.consumer.minimum
  is_scaled       = true
  rollback_alarms = module.alarms.rollback_alarm_names["consumer"]
  discovery       = var.metrics ? { arn = module.metrics[0].discovery_arns["consumer"] } : null
}

module "lag_autoscaling" {
  source = "../modules/lag-autoscaling"

  name               = "${local.name}-consumer"
  ecs_cluster_name   = local.platform.ecs.cluster_name
  service_name       = module.consumer.service_name
  kafka_cluster_name = local.platform.kafka.cluster_name
  group_id           = var.group_id
  topic              = var.topic
  minimum            = var.consumer.minimum
  maximum            = var.consumer.maximum
  lag_records        = var.consumer.lag_records
}

module "producer_burst" {
  source = "../modules/producer-burst"
  count  = var.burst.enabled ? 1 : 0

  platform         = local.platform
  account_id       = local.account_id
  partition        = local.partition
  image_tag        = var.image_tag
  settings         = local.producer_settings
  statements       = local.producer_statements
  cpu              = var.producer.cpu
  memory           = var.producer.memory
  cpu_architecture = var.cpu_architecture
  stop_timeout     = local.stop_timeout
  schedule         = var.burst.schedule
  task_count       = var.burst.task_count
  max_run          = var.burst.max_run
}

module "alarms" {
  source = "../modules/alarms"

  name               = local.name
  region             = var.region
  alarms_topic_arn   = local.platform.alarms_topic_arn
  kafka_cluster_name = local.platform.kafka.cluster_name
  broker_count       = local.platform.kafka.broker_count
  instance_type      = local.platform.kafka.instance_type
  topic              = var.topic
  group_id           = var.group_id
  ecs_cluster_name   = local.platform.ecs.cluster_name
  container_insights = local.platform.ecs.counts_tasks
  thresholds         = var.alarm_thresholds
  services = {
    producer = { name = "producer", log_group_name = module.producer.task.log_group_name }
    consumer = { name = "consumer", log_group_name = module.consumer.task.log_group_name }
  }
}

module "metrics" {
  source = "../modules/metrics"
  count  = var.metrics ? 1 : 0

  name               = local.name
  region             = var.region
  vpc_id             = local.platform.network.vpc_id
  subnet_ids         = local.platform.network.private_subnet_ids
  services           = ["producer", "consumer"]
  admin_port         = local.admin_port
  alarms_topic_arn   = local.platform.alarms_topic_arn
  brokers            = local.platform.kafka.open_monitoring ? local.platform.kafka : null
  kms_key_arn        = local.platform.kms_key_arn
  log_retention_days = local.platform.log_retention_days
  task_security_group_ids = {
    producer = module.producer.task.security_group_id
    consumer = module.consumer.task.security_group_id
  }
}

module "ops_access" {
  source = "../modules/ops-access"
  count  = var.ops_access.tasks || var.ops_access.port_forwarding ? 1 : 0

  platform         = local.platform
  account_id       = local.account_id
  partition        = local.partition
  image_tag        = var.image_tag
  cpu_architecture = var.cpu_architecture
  stop_timeout     = local.stop_timeout
  port_forwarding  = var.ops_access.port_forwarding
  tasks = { for name, task in {
    producer = {
      image      = "producer"
      command    = ["topics", "ensure", "--check"]
      settings   = local.ops_producer_settings
      statements = local.ops_producer_statements
    }
    consumer = {
      image      = "consumer"
      command    = ["replay", "--dry-run"]
      settings   = local.consumer_settings
      statements = local.ops_consumer_statements
    }
    # Values of records go into its log.
    tail = {
      image              = "consumer"
      command            = ["tail", "--last", "10"]
      settings           = local.consumer_settings
      statements         = local.ops_tail_statements
      log_retention_days = var.payload_retention_days
    }
  } : name => task if var.ops_access.tasks && (name != "tail" || var.accept_payloads_in_logs) }
}
