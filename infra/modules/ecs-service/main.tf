# A task that is kept running: replaced when it ends, rolled back when a new version does not come up.

module "task" {
  source = "../ecs-task"

  platform           = var.platform
  account_id         = var.account_id
  partition          = var.partition
  name               = var.name
  image              = var.image
  image_tag          = var.image_tag
  settings           = var.settings
  secrets            = var.secrets
  statements         = var.statements
  cpu                = var.cpu
  memory             = var.memory
  cpu_architecture   = var.cpu_architecture
  admin_port         = var.admin_port
  stop_timeout       = var.stop_timeout
  log_group          = var.log_group
  log_retention_days = var.log_retention_days
  log_mode           = var.log_mode
}

locals {
  # Terraform cannot leave an argument alone on a condition, so a service whose count somebody else sets is a resource of its own.
  service = one(concat(aws_ecs_service.fixed, aws_ecs_service.scaled))
}

resource "aws_ecs_service" "fixed" {
  #checkov:skip=CKV_AWS_332:this is the latest; another one is a change that somebody makes
  count = var.is_scaled ? 0 : 1

  name                               = var.name
  cluster                            = var.platform.ecs.cluster_arn
  task_definition                    = module.task.task_definition_arn
  desired_count                      = var.desired_count
  launch_type                        = "FARGATE"
  platform_version                   = "1.4.0"
  deployment_minimum_healthy_percent = var.deployment_percent.minimum
  deployment_maximum_percent         = var.deployment_percent.maximum
  availability_zone_rebalancing      = "ENABLED"
  enable_ecs_managed_tags            = true
  enable_execute_command             = false
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = true

  network_configuration {
    subnets          = var.platform.network.private_subnet_ids
    security_groups  = [module.task.security_group_id]
    assign_public_ip = false
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = length(var.rollback_alarms) > 0 ? [var.rollback_alarms] : []

    content {
      enable      = true
      rollback    = true
      alarm_names = alarms.value
    }
  }

  dynamic "service_registries" {
    for_each = var.discovery == null ? [] : [var.discovery.arn]

    content {
      registry_arn = service_registries.value
    }
  }
}

resource "aws_ecs_service" "scaled" {
  #checkov:skip=CKV_AWS_332:this is the latest; another one is a change that somebody makes
  count = var.is_scaled ? 1 : 0

  name                               = var.name
  cluster                            = var.platform.ecs.cluster_arn
  task_definition                    = module.task.task_definition_arn
  desired_count                      = var.desired_count
  launch_type                        = "FARGATE"
  platform_version                   = "1.4.0"
  deployment_minimum_healthy_percent = var.deployment_percent.minimum
  deployment_maximum_percent         = var.deployment_percent.maximum
  availability_zone_rebalancing      = "ENABLED"
  enable_ecs_managed_tags            = true
  enable_execute_command             = false
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = true

  network_configuration {
    subnets          = var.platform.network.private_subnet_ids
    security_groups  = [module.task.security_group_id]
    assign_public_ip = false
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = length(var.rollback_alarms) > 0 ? [var.rollback_alarms] : []

    content {
      enable      = true
      rollback    = true
      alarm_names = alarms.value
    }
  }

  dynamic "service_registries" {
    for_each = var.discovery == null ? [] : [var.discovery.arn]

    content {
      registry_arn = service_registries.value
    }
  }

  lifecycle {
    # lag-autoscaling sets it.
    ignore_changes = [desired_count]
  }
}
