output "services" {
  description = "Services and the revision of the task definition that each runs."
  value = {
    producer = { service = module.producer.service_name, task_definition = module.producer.task.task_definition_arn, log_group = module.producer.task.log_group_name }
    consumer = { service = module.consumer.service_name, task_definition = module.consumer.task.task_definition_arn, log_group = module.consumer.task.log_group_name }
  }
}

output "alarm_names" {
  description = "All alarms."
  value       = module.alarms.alarm_names
}

output "prometheus_endpoint" {
  description = "Where Grafana asks for the daemons' metrics, or null."
  value       = one(module.metrics[*].prometheus_endpoint)
}

output "ops_tasks" {
  description = "How an operator starts each task; other arguments than its own go into --overrides."
  value = {
    for name, task in try(module.ops_access[0].tasks, {}) : name => join(" ", [
      "aws ecs run-task --cluster", local.platform.ecs.cluster_name, "--launch-type FARGATE --task-definition", task.name,
      "--network-configuration 'awsvpcConfiguration={subnets=[${join(",", local.platform.network.private_subnet_ids)}],securityGroups=[${task.security_group_id}]}'",
    ])
  }
}

output "forwarder_id" {
  description = "The machine that forwards ports, or null."
  value       = try(module.ops_access[0].forwarder_id, null)
}
