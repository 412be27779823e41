# Load in bursts, as the demo had it: every so often some tasks that each produce for a while and end.

# A task definition of its own, so that its starts and ends stand in no log that the service's alarms look at.
module "task" {
  source = "../ecs-task"

  platform         = var.platform
  account_id       = var.account_id
  partition        = var.partition
  name             = "burst"
  image            = "producer"
  image_tag        = var.image_tag
  settings         = merge(var.settings, { "source.max_run" = var.max_run })
  statements       = var.statements
  cpu              = var.cpu
  memory           = var.memory
  cpu_architecture = var.cpu_architecture
  stop_timeout     = var.stop_timeout
}

locals {
  name             = "${var.platform.name}-${var.platform.environment}"
  region           = var.platform.region
  ecs_cluster_arn  = var.platform.ecs.cluster_arn
  ecs_cluster_name = var.platform.ecs.cluster_name
}

resource "aws_scheduler_schedule_group" "this" {
  name = "${local.name}-burst"
}

resource "aws_scheduler_schedule" "this" {
  #checkov:skip=CKV_AWS_297:it says when, and to whom: no secret
  name                = "${local.name}-burst"
  group_name          = aws_scheduler_schedule_group.this.name
  description         = "${var.task_count} tasks of ${var.max_run}"
  schedule_expression = var.schedule
  state               = "ENABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = local.ecs_cluster_arn
    role_arn = aws_iam_role.this.arn

    ecs_parameters {
      task_definition_arn     = module.task.task_definition_arn
      task_count              = var.task_count
      launch_type             = "FARGATE"
      platform_version        = "1.4.0"
      propagate_tags          = "TASK_DEFINITION"
      enable_ecs_managed_tags = true
      enable_execute_command  = false

      network_configuration {
        subnets          = var.platform.network.private_subnet_ids
        security_groups  = [module.task.security_group_id]
        assign_public_ip = false
      }
    }

    # The next burst is a minute away: nothing is tried again.
    retry_policy {
      maximum_retry_attempts       = 0
      maximum_event_age_in_seconds = 60
    }
  }
}

resource "aws_iam_role" "this" {
  name        = "${local.name}-${local.region}-burst"
  description = "Lets the schedule start producers"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${var.partition}:scheduler:${local.region}:${var.account_id}:schedule-group/${local.name}-burst" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "start"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Start"
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = "arn:${var.partition}:ecs:${local.region}:${var.account_id}:task-definition/${module.task.name}:*"
        Condition = { ArnEquals = { "ecs:cluster" = local.ecs_cluster_arn } }
      },
      {
        Sid       = "Tag"
        Effect    = "Allow"
        Action    = "ecs:TagResource"
        Resource  = "arn:${var.partition}:ecs:${local.region}:${var.account_id}:task/${local.ecs_cluster_name}/*"
        Condition = { StringEquals = { "ecs:CreateAction" = "RunTask" } }
      },
      {
        Sid       = "PassRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = module.task.role_arns
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  })
}
