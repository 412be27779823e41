output "discovery_arns" {
  description = "Where tasks enter their addresses, by service."
  value       = { for name, service in aws_service_discovery_service.this : name => service.arn }
}

output "prometheus_endpoint" {
  description = "Where Grafana asks."
  value       = aws_prometheus_workspace.this.prometheus_endpoint
}

output "rule_files" {
  description = "Files of rules that the workspace has."
  value       = toset([for namespace in aws_prometheus_rule_group_namespace.this : namespace.name])
}
