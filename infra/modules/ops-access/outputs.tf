output "tasks" {
  description = "What modules/ecs-task gives of each task, by name."
  value       = module.task
}

output "forwarder_id" {
  description = "The machine that forwards ports, or null."
  value       = one(aws_instance.forwarder[*].id)
}
