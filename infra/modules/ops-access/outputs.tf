output "tasks" {
  description = "What modules/ecs-task gives of each task, by image."
  value       = module.task
}

output "forwarder_id" {
  description = "The machine that forwards ports, or null."
  value       = one(aws_instance.forwarder[*].id)
}
