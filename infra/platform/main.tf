# What changes rarely: network, key, brokers and topics, schemas, image repositories, the cluster that tasks run in, the topic of alarms.
# Applying it for the first time takes about 40 minutes, most of them MSK's.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  name       = "${var.name}-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  # What a forwarded port needs, beside the endpoints of daemons.
  ops_endpoints = var.ops_access ? ["ssm", "ssmmessages"] : []
}

module "encryption" {
  source = "../modules/encryption"

  name       = local.name
  partition  = local.partition
  account_id = local.account_id
  region     = var.region
}

module "network" {
  source = "../modules/network"

  name                = local.name
  partition           = local.partition
  account_id          = local.account_id
  region              = var.region
  cidr                = var.vpc_cidr
  egress              = var.egress
  endpoint_zone_count = var.endpoint_zone_count
  more_endpoints      = concat(var.more_endpoints, local.ops_endpoints)
  log_retention_days  = var.log_retention_days
  kms_key_arn         = module.encryption.key_arn
}

module "msk" {
  source = "../modules/msk"

  name               = local.name
  partition          = local.partition
  account_id         = local.account_id
  region             = var.region
  vpc_id             = module.network.vpc_id
  subnet_ids         = module.network.private_subnet_ids
  kms_key_arn        = module.encryption.key_arn
  kafka_version      = var.kafka.version
  instance_type      = var.kafka.instance_type
  broker_count       = var.kafka.broker_count
  storage_gb         = var.kafka.storage_gb
  monitoring_level   = var.kafka.monitoring_level
  open_monitoring    = var.kafka.open_monitoring
  logs_to_s3         = var.kafka.logs_to_s3
  log_retention_days = var.log_retention_days
  topics             = var.topics
}

module "schema_registry" {
  source = "../modules/schema-registry"

  registry_name = var.registry_name
  description   = "Schemas of ${local.name}"
  schemas = {
    for name, schema in var.schemas : name => {
      format        = schema.format
      compatibility = schema.compatibility
      description   = schema.description
      definition    = file("${path.root}/../../schemas/${schema.file}")
    }
  }
}

module "ecr" {
  source = "../modules/ecr"

  name        = local.name
  images      = toset(["producer", "consumer"])
  kms_key_arn = module.encryption.key_arn
}

resource "aws_ecs_cluster" "this" {
  #checkov:skip=CKV_AWS_65:container_insights says it; dev does without, as they cost
  name = local.name

  setting {
    name  = "containerInsights"
    value = var.container_insights
  }
}

resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = module.encryption.key_arn
}

# Alarms of CloudWatch, and of the Prometheus that app may have.
resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Alarms"
      Effect    = "Allow"
      Principal = { Service = ["cloudwatch.amazonaws.com", "aps.amazonaws.com"] }
      Action    = ["sns:Publish", "sns:GetTopicAttributes"]
      Resource  = "arn:${local.partition}:sns:${var.region}:${local.account_id}:${local.name}-alarms"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_sns_topic_subscription" "mail" {
  count = var.alarm_email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}
