# Brokers: IAM only, TLS only, three copies of each record of which two have acknowledged it.

locals {
  is_express = startswith(var.instance_type, "express.")
  # Express brokers hold to these by themselves and refuse them in a configuration.
  properties = merge(
    {
      "auto.create.topics.enable" = "false"
      "delete.topic.enable"       = "true"
      "log.retention.ms"          = "604800000"
      "num.partitions"            = "6"
    },
    # Express brokers hold to these by themselves and refuse them in a configuration.
    { for key, value in local.durability : key => value if !local.is_express },
  )
  durability = {
    "default.replication.factor"     = "3"
    "min.insync.replicas"            = "2"
    "unclean.leader.election.enable" = "false"
  }
}

resource "aws_msk_configuration" "this" {
  # The version is part of the name: a configuration of another version is made beside the one in use.
  name              = "${var.name}-${replace(var.kafka_version, ".", "-")}"
  description       = "Brokers of ${var.name}"
  kafka_versions    = [var.kafka_version]
  server_properties = join("\n", [for key in sort(keys(local.properties)) : "${key}=${local.properties[key]}"])

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_msk_cluster" "this" {
  cluster_name           = var.name
  kafka_version          = var.kafka_version
  number_of_broker_nodes = var.broker_count
  enhanced_monitoring    = var.monitoring_level

  broker_node_group_info {
    instance_type   = var.instance_type
    client_subnets  = var.subnet_ids
    security_groups = [aws_security_group.this.id]

    connectivity_info {
      public_access {
        type = "DISABLED"
      }
    }

    dynamic "storage_info" {
      for_each = local.is_express ? [] : [var.storage_gb.initial]

      content {
        ebs_storage_info {
          volume_size = storage_info.value
        }
      }
    }
  }

  client_authentication {
    unauthenticated = false

    sasl {
      iam   = true
      scram = false
    }
  }

  encryption_info {
    encryption_at_rest_kms_key_arn = var.kms_key_arn

    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }

  configuration_info {
    arn      = aws_msk_configuration.this.arn
    revision = aws_msk_configuration.this.latest_revision
  }

  logging_info {
    broker_logs {
      cloudwatch_logs {
        enabled   = true
        log_group = aws_cloudwatch_log_group.brokers.name
      }

      s3 {
        enabled = var.logs_to_s3
        bucket  = one(aws_s3_bucket.logs[*].id)
        prefix  = var.logs_to_s3 ? "brokers" : null
      }
    }
  }

  open_monitoring {
    prometheus {
      jmx_exporter {
        enabled_in_broker = var.open_monitoring
      }

      node_exporter {
        enabled_in_broker = var.open_monitoring
      }
    }
  }

  lifecycle {
    # Storage grows by itself and never shrinks: storage.tf.
    ignore_changes = [broker_node_group_info[0].storage_info[0].ebs_storage_info[0].volume_size]
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

# Who may come in is written where the client is: each service adds the rule for itself. Brokers begin no connection to clients.
resource "aws_security_group" "this" {
  name        = "${var.name}-brokers"
  description = "Kafka brokers"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-brokers" }
}

resource "aws_cloudwatch_log_group" "brokers" {
  name              = "/${var.name}/brokers"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}
