output "schedule" {
  description = "The schedule with all of its arguments, for tests."
  value       = aws_scheduler_schedule.this
}

output "statements" {
  description = "What the schedule's role allows."
  value       = jsondecode(aws_iam_role_policy.this.policy).Statement
}

output "task" {
  description = "What modules/ecs-task gives of the burst's task."
  value       = module.task
}
