output "repositories" {
  description = "Repositories by image: URL and ARN."
  value       = { for image, repository in aws_ecr_repository.this : image => { url = repository.repository_url, arn = repository.arn } }
}

output "resources" {
  description = "The repositories with all of their arguments, by image, for tests."
  value       = aws_ecr_repository.this
}
