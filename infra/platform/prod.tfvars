log_retention_days = 90

kafka = {
  instance_type   = "kafka.m7g.large"
  storage_gb      = { initial = 200, maximum = 2000 }
  open_monitoring = true
  logs_to_s3      = true
}

topics = {
  orders = { partitions = 12, dead_letters = { config = { "retention.ms" = "2592000000" } } }
}
