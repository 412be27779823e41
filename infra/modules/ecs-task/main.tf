# A task: what runs, as whom, and what it can reach. What keeps it running is ecs-service's, or the schedule's, or an operator's.

locals {
  name      = "${var.platform.name}-${var.platform.environment}"
  full_name = "${local.name}-${var.name}"
  # A setting as docs/CONFIGURATION.md has it, such as source.rate, as a variable of the environment, and a name of Kafka's own, which has dots of its
  # own, with an underscore for each of them.
  kafka_names = { for key in concat(keys(var.settings), keys(var.secrets.arns)) : key => regexall("^(kafka\\.properties|topic\\.config|dead_letter\\.config)\\.(.+)$", key) }
  variables = {
    for key, parts in local.kafka_names : key => "GLUESTREAM_${upper(
      length(parts) == 0
      ? replace(key, ".", "__")
      : "${replace(parts[0][0], ".", "__")}__${replace(parts[0][1], ".", "_")}"
    )}"
  }
  environment = { for key, value in var.settings : local.variables[key] => value }
  secrets     = { for key, arn in var.secrets.arns : local.variables[key] => arn }
}

resource "aws_ecs_task_definition" "this" {
  family                   = local.full_name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  task_role_arn            = aws_iam_role.task.arn
  execution_role_arn       = aws_iam_role.execution.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  # What is null is not in it.
  container_definitions = jsonencode([{ for key, value in local.container : key => value if value != null }])
}

locals {
  container = {
    name                   = var.name
    image                  = "${var.platform.repositories[var.image].url}:${var.image_tag}"
    command                = var.command
    essential              = true
    user                   = "65532:65532"
    privileged             = false
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { add = [], drop = ["ALL"] }, initProcessEnabled = false }
    stopTimeout            = var.stop_timeout
    versionConsistency     = "enabled"
    ulimits                = [{ name = "nofile", softLimit = 65536, hardLimit = 65536 }]
    environment            = [for key in sort(keys(local.environment)) : { name = key, value = local.environment[key] }]
    secrets                = length(local.secrets) == 0 ? null : [for key in sort(keys(local.secrets)) : { name = key, valueFrom = local.secrets[key] }]
    portMappings           = [for port in var.admin_port[*] : { name = "admin", containerPort = port, hostPort = port, protocol = "tcp" }]
    mountPoints            = []
    volumesFrom            = []
    systemControls         = []
    # ECS does not look at the image's own.
    healthCheck = var.admin_port == null ? null : {
      command     = ["CMD", "/usr/local/bin/${var.image}", "healthcheck"]
      interval    = 10
      timeout     = 10
      retries     = 3
      startPeriod = 60
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.this.name
        "awslogs-region"        = var.platform.region
        "awslogs-stream-prefix" = var.name
        "mode"                  = var.log_mode
      }
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${local.name}/${coalesce(var.log_group, var.name)}"
  retention_in_days = coalesce(var.log_retention_days, var.platform.log_retention_days)
  kms_key_id        = var.platform.kms_key_arn
}
