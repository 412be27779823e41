output "name" {
  description = "Name of the task definition's family, and of what belongs to it."
  value       = local.full_name
}

output "task_definition_arn" {
  description = "The task definition, with its revision. Whoever starts tasks of it finds roles and rules in force, and takes tasks away before them."
  value       = aws_ecs_task_definition.this.arn

  depends_on = [
    aws_iam_role_policy.task,
    aws_iam_role_policy.execution,
    aws_vpc_security_group_egress_rule.kafka,
    aws_vpc_security_group_ingress_rule.kafka,
    aws_vpc_security_group_egress_rule.s3,
    aws_vpc_security_group_egress_rule.endpoints,
    aws_vpc_security_group_ingress_rule.endpoints,
    aws_vpc_security_group_egress_rule.internet,
  ]
}

output "role_arns" {
  description = "The two roles that whoever starts the task has to pass on; put together from their names, so that a plan shows who may pass them."
  value       = [for role in [aws_iam_role.task, aws_iam_role.execution] : "arn:${var.partition}:iam::${var.account_id}:role/${role.name}"]
}

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.this.id
}

output "log_group_name" {
  description = "Log group of the tasks."
  value       = aws_cloudwatch_log_group.this.name
}

output "container_name" {
  description = "Name of the one container."
  value       = var.name
}

output "container" {
  description = "The container as the task definition has it."
  value       = local.container
}

output "statements" {
  description = "What the task's own role allows."
  value       = jsondecode(aws_iam_role_policy.task.policy).Statement
}

output "execution_statements" {
  description = "What the role that starts the task allows."
  value       = jsondecode(aws_iam_role_policy.execution.policy).Statement
}

output "rules" {
  description = "What tasks reach: brokers, S3's addresses, and the way to AWS's other services."
  value = {
    kafka = aws_vpc_security_group_egress_rule.kafka.referenced_security_group_id
    s3    = aws_vpc_security_group_egress_rule.s3.prefix_list_id
    out = one(concat(
      aws_vpc_security_group_egress_rule.endpoints[*].referenced_security_group_id,
      aws_vpc_security_group_egress_rule.internet[*].cidr_ipv4,
    ))
  }
}
