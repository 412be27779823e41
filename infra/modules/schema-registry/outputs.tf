output "registry_arn" {
  description = "The registry."
  value       = aws_glue_registry.this.arn
}

output "registry_name" {
  description = "Name of the registry."
  value       = aws_glue_registry.this.registry_name
}

output "schema_arns" {
  description = "ARNs of the schemas, by name."
  value       = { for name, schema in aws_glue_schema.this : name => schema.arn }
}

output "schemas" {
  description = "The schemas with all of their arguments, by name, for tests."
  value       = aws_glue_schema.this
}
