output "platform" {
  description = "The object, of the type that it has to have."
  value       = var.platform
}
