# Two roles: what the daemon may do, and what Fargate may do to start it.

locals {
  assume_by_tasks = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      # No task of another account, or another region, gets to be this one.
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${var.partition}:ecs:${var.platform.region}:${var.account_id}:*" }
      }
    }]
  })
}

# What Fargate reads before the daemon starts: these secrets, and nothing beside them.
locals {
  # An ARN of Secrets Manager may go on with a key of the JSON in the secret, a stage and a version.
  secret_arns = distinct([for arn in values(var.secrets.arns) : join(":", slice(split(":", arn), 0, min(7, length(split(":", arn)))))])
  secret_statements = [for statement in [
    { Sid = "Secrets", Effect = "Allow", Action = ["secretsmanager:GetSecretValue"], Resource = [for arn in local.secret_arns : arn if strcontains(arn, ":secretsmanager:")] },
    { Sid = "Parameters", Effect = "Allow", Action = ["ssm:GetParameters"], Resource = [for arn in local.secret_arns : arn if strcontains(arn, ":ssm:")] },
    { Sid = "SecretsKey", Effect = "Allow", Action = ["kms:Decrypt"], Resource = var.secrets.kms_key_arn[*] },
  ] : statement if length(statement.Resource) > 0]
}

resource "aws_iam_role" "task" {
  name               = "${local.full_name}-${var.platform.region}"
  description        = "What ${local.full_name} may do"
  assume_role_policy = local.assume_by_tasks
}

resource "aws_iam_role_policy" "task" {
  #checkov:skip=CKV_AWS_355:a schema version is asked for by its id, which no ARN can name
  name   = "task"
  role   = aws_iam_role.task.id
  policy = jsonencode({ Version = "2012-10-17", Statement = var.statements })
}

resource "aws_iam_role" "execution" {
  name               = "${local.full_name}-${var.platform.region}-start"
  description        = "Lets Fargate pull the image of ${local.full_name} and write its log"
  assume_role_policy = local.assume_by_tasks
}

resource "aws_iam_role_policy" "execution" {
  name = "start"
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        # There is nothing narrower: the token is the account's.
        Sid      = "RegistryToken"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        Sid      = "Pull"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
        Resource = var.platform.repositories[var.image].arn
      },
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${var.partition}:logs:${var.platform.region}:${var.account_id}:log-group:${aws_cloudwatch_log_group.this.name}:log-stream:*"
      },
    ], local.secret_statements)
  })
}
