output "cluster_arn" {
  description = "The cluster."
  value       = aws_msk_cluster.this.arn
}

output "cluster_name" {
  description = "Name of the cluster, as metrics have it."
  value       = aws_msk_cluster.this.cluster_name
}

output "bootstrap_servers" {
  description = "Brokers that clients with IAM begin at."
  value       = aws_msk_cluster.this.bootstrap_brokers_sasl_iam
}

output "security_group_id" {
  description = "Security group of the brokers."
  value       = aws_security_group.this.id
}

output "topics" {
  description = "Topics with their partitions and settings, and the topic of their dead letters with its own, null where there is none."
  value = {
    for name, topic in var.topics : name => {
      partitions   = topic.partitions
      config       = topic.config
      dead_letters = topic.dead_letters.enabled ? { topic = coalesce(topic.dead_letters.topic, "${name}-dead-letters"), config = topic.dead_letters.config } : null
    }
  }

  # Whoever reads this finds the topics made.
  depends_on = [aws_msk_topic.this]
}

output "cluster" {
  description = "The cluster with all of its arguments, for tests."
  value       = aws_msk_cluster.this
}

output "server_properties" {
  description = "What brokers are told, a line each."
  value       = aws_msk_configuration.this.server_properties
}

output "topic_resources" {
  description = "All topics with their arguments, by name, for tests."
  value       = aws_msk_topic.this
}

output "logs_bucket_is_shut" {
  description = "Whether nothing can open the bucket of broker logs to the public; true without one."
  value = length(aws_s3_bucket_public_access_block.logs) == length(aws_s3_bucket.logs) && alltrue([
    for block in aws_s3_bucket_public_access_block.logs : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
  ])
}
