# One object, of the type that modules/contract gives it, as a parameter that app reads: no look-up by names, no access to this state.

module "contract" {
  source = "../modules/contract"

  platform = {
    name        = var.name
    environment = var.environment
    region      = var.region
    network = {
      vpc_id                     = module.network.vpc_id
      private_subnet_ids         = module.network.private_subnet_ids
      endpoint_security_group_id = module.network.endpoint_security_group_id
      s3_prefix_list_id          = module.network.s3_prefix_list_id
      egress                     = var.egress
      endpoints                  = module.network.endpoints
    }
    kafka = {
      cluster_arn       = module.msk.cluster_arn
      cluster_name      = module.msk.cluster_name
      broker_count      = var.kafka.broker_count
      bootstrap_servers = module.msk.bootstrap_servers
      security_group_id = module.msk.security_group_id
      instance_type     = var.kafka.instance_type
      open_monitoring   = var.kafka.open_monitoring
      topics            = module.msk.topics
    }
    registry = {
      name        = module.schema_registry.registry_name
      arn         = module.schema_registry.registry_arn
      schema_arns = module.schema_registry.schema_arns
    }
    repositories = module.ecr.repositories
    ecs = {
      cluster_arn  = aws_ecs_cluster.this.arn
      cluster_name = aws_ecs_cluster.this.name
      counts_tasks = var.container_insights != "disabled"
    }
    alarms_topic_arn   = aws_sns_topic.alarms.arn
    kms_key_arn        = module.encryption.key_arn
    log_retention_days = var.log_retention_days
  }
}

resource "aws_ssm_parameter" "platform" {
  #checkov:skip=CKV2_AWS_34:names and addresses, no secret
  name        = "/${var.name}/${var.environment}/platform"
  description = "What app builds on"
  # Names and addresses, no secret. Many topics make it longer than the 4 KiB that cost nothing.
  type  = "String"
  tier  = "Intelligent-Tiering"
  value = jsonencode(module.contract.platform)
}

output "platform" {
  description = "What app builds on, as the parameter has it."
  value       = module.contract.platform
}

output "platform_parameter" {
  description = "Name of the parameter that app reads."
  value       = aws_ssm_parameter.platform.name
}
