# As little as it can cost: small brokers, one zone of endpoints, no metrics that are paid for.
endpoint_zone_count = 1
container_insights  = "disabled"
log_retention_days  = 7

kafka = {
  instance_type    = "kafka.t3.small"
  storage_gb       = { initial = 20, maximum = 100 }
  monitoring_level = "DEFAULT"
}
