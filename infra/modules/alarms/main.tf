# What CloudWatch can see by itself: brokers, tasks, lag. Names are those of docs/OPERATIONS.md where it has the alarm; the brokers' own are MSK's.

locals {
  actions = [var.alarms_topic_arn]
  lag = {
    GluestreamLagRecords = { metric = "SumOffsetLag", threshold = var.thresholds.lag_records, what = "More than ${var.thresholds.lag_records} records wait" }
    GluestreamLagSeconds = { metric = "EstimatedMaxTimeLag", threshold = var.thresholds.lag_seconds, what = "What waits needs more than ${var.thresholds.lag_seconds} s to be read, as MSK estimates" }
  }
  # One value for the cluster.
  cluster = {
    OfflinePartitions = { metric = "OfflinePartitionsCount", threshold = 0, comparison = "GreaterThanThreshold", missing = "notBreaching", what = "Partitions without a leader: nothing can be written to them" }
    NoController      = { metric = "ActiveControllerCount", threshold = 1, comparison = "LessThanThreshold", missing = "breaching", what = "No controller: leaders cannot change" }
  }
  # One value a broker.
  broker = {
    UnderReplicated = { metric = "UnderReplicatedPartitions", threshold = 0, minutes = 15, what = "Partitions short of a copy for longer than a restart takes" }
    UnderMinIsr     = { metric = "UnderMinIsrPartitionCount", threshold = 0, minutes = 5, what = "Partitions with too few copies: producers wait" }
    DiskUsed        = { metric = "KafkaDataLogsDiskUsed", threshold = 80, minutes = 5, what = "The volume is more than 80 % full" }
    MemoryUsed      = { metric = "HeapMemoryAfterGC", threshold = 80, minutes = 15, what = "More than 80 % of the heap is in use after collection" }
  }
  brokers = { for pair in setproduct(keys(local.broker), range(1, var.broker_count + 1)) : "${pair[0]}-${pair[1]}" => merge(local.broker[pair[0]], { id = tostring(pair[1]) }) }
}

resource "aws_cloudwatch_metric_alarm" "lag" {
  for_each = local.lag

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.what}: docs/OPERATIONS.md#lag"
  namespace           = "AWS/Kafka"
  metric_name         = each.value.metric
  dimensions          = { "Cluster Name" = var.kafka_cluster_name, "Consumer Group" = var.group_id, "Topic" = var.topic }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  # There is no value while a group is rebalancing.
  treat_missing_data = "ignore"
  alarm_actions      = local.actions
  ok_actions         = local.actions
}

resource "aws_cloudwatch_metric_alarm" "cluster" {
  for_each = local.cluster

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.what}: docs/OPERATIONS.md#kafka-is-away"
  namespace           = "AWS/Kafka"
  metric_name         = each.value.metric
  dimensions          = { "Cluster Name" = var.kafka_cluster_name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  # Express brokers do not count partitions that are offline.
  treat_missing_data = each.value.missing
  alarm_actions      = local.actions
  ok_actions         = local.actions
}

resource "aws_cloudwatch_metric_alarm" "broker" {
  for_each = local.brokers

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Broker ${each.value.id}. ${each.value.what}: docs/OPERATIONS.md#kafka-is-away"
  namespace           = "AWS/Kafka"
  metric_name         = each.value.metric
  dimensions          = { "Cluster Name" = var.kafka_cluster_name, "Broker ID" = each.value.id }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = each.value.minutes
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  # Not every kind of broker has every metric.
  treat_missing_data = "notBreaching"
  alarm_actions      = local.actions
  ok_actions         = local.actions
}

resource "aws_cloudwatch_metric_alarm" "broker_cpu" {
  for_each = toset([for id in range(1, var.broker_count + 1) : tostring(id)])

  alarm_name          = "${var.name}-CpuUsed-${each.key}"
  alarm_description   = "Broker ${each.key} is busy for more than 60 %, and has no room for the loss of another: docs/OPERATIONS.md#kafka-is-away"
  evaluation_periods  = 15
  comparison_operator = "GreaterThanThreshold"
  threshold           = 60
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
  ok_actions          = local.actions

  metric_query {
    id          = "used"
    expression  = "user + system"
    label       = "CPU in use"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { user = "CpuUser", system = "CpuSystem" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/Kafka"
        metric_name = metric_query.value
        dimensions  = { "Cluster Name" = var.kafka_cluster_name, "Broker ID" = each.key }
        period      = 60
        stat        = "Average"
      }
    }
  }
}

# Brokers that burst: without credits they are slow, whatever else looks well.
resource "aws_cloudwatch_metric_alarm" "broker_credits" {
  for_each = toset([for id in range(1, var.broker_count + 1) : tostring(id) if startswith(var.instance_type, "kafka.t3.")])

  alarm_name          = "${var.name}-CpuCredits-${each.key}"
  alarm_description   = "Broker ${each.key} has few credits left, and will be slow: docs/OPERATIONS.md#kafka-is-away"
  namespace           = "AWS/Kafka"
  metric_name         = "CPUCreditBalance"
  dimensions          = { "Cluster Name" = var.kafka_cluster_name, "Broker ID" = each.key }
  statistic           = "Minimum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "LessThanThreshold"
  threshold           = 50
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
}

resource "aws_cloudwatch_metric_alarm" "memory" {
  for_each = var.services

  alarm_name          = "${var.name}-GluestreamMemoryHigh-${each.key}"
  alarm_description   = "${each.key} uses more than 80 % of its memory: docs/OPERATIONS.md#memory-and-files"
  namespace           = "AWS/ECS"
  metric_name         = "MemoryUtilization"
  dimensions          = { ClusterName = var.ecs_cluster_name, ServiceName = each.value.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
  ok_actions          = local.actions
}

# Both come as metrics only where the cluster has Container Insights.
resource "aws_cloudwatch_metric_alarm" "missing" {
  for_each = var.container_insights ? var.services : {}

  alarm_name          = "${var.name}-GluestreamServiceMissing-${each.key}"
  alarm_description   = "Fewer tasks of ${each.key} run than should: docs/OPERATIONS.md#a-daemon-is-away"
  evaluation_periods  = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "breaching"
  alarm_actions       = local.actions
  ok_actions          = local.actions

  metric_query {
    id          = "missing"
    expression  = "desired - running"
    label       = "Tasks missing"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { desired = "DesiredTaskCount", running = "RunningTaskCount" }

    content {
      id = metric_query.key

      metric {
        namespace   = "ECS/ContainerInsights"
        metric_name = metric_query.value
        dimensions  = { ClusterName = var.ecs_cluster_name, ServiceName = each.value.name }
        period      = 60
        stat        = "Minimum"
      }
    }
  }
}
