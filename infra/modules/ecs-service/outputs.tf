output "service_name" {
  description = "Name of the service in its cluster."
  value       = local.service.name
}

output "task" {
  description = "What modules/ecs-task gives of the service's task."
  value       = module.task
}

output "service" {
  description = "The service with all of its arguments, for tests."
  value       = local.service
}
