# One page of what there is to see in CloudWatch. The daemons' own metrics are Prometheus's: observe/grafana.

locals {
  group = ["Cluster Name", var.kafka_cluster_name, "Consumer Group", var.group_id, "Topic", var.topic]
  charts = [
    {
      title   = "Records that wait"
      metrics = [concat(["AWS/Kafka", "SumOffsetLag"], local.group)]
    },
    {
      title   = "Seconds until what waits is read, estimated"
      metrics = [concat(["AWS/Kafka", "EstimatedMaxTimeLag"], local.group)]
    },
    {
      title   = "Bytes into the brokers, a second"
      metrics = [for id in range(1, var.broker_count + 1) : ["AWS/Kafka", "BytesInPerSec", "Cluster Name", var.kafka_cluster_name, "Broker ID", tostring(id)]]
    },
    {
      title   = "Disk of the brokers, percent"
      metrics = [for id in range(1, var.broker_count + 1) : ["AWS/Kafka", "KafkaDataLogsDiskUsed", "Cluster Name", var.kafka_cluster_name, "Broker ID", tostring(id)]]
    },
    {
      title   = "CPU of the tasks, percent"
      metrics = [for service in var.services : ["AWS/ECS", "CPUUtilization", "ClusterName", var.ecs_cluster_name, "ServiceName", service.name]]
    },
    {
      title   = "Memory of the tasks, percent"
      metrics = [for service in var.services : ["AWS/ECS", "MemoryUtilization", "ClusterName", var.ecs_cluster_name, "ServiceName", service.name]]
    },
    {
      title   = "Lines of the logs that an alarm looks at, a minute"
      stat    = "Sum"
      metrics = [for key in sort(keys(local.filters)) : ["Gluestream/${var.name}", key]]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = [
      for index, chart in local.charts : {
        type   = "metric"
        x      = index % 2 * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = chart.title
          region  = var.region
          stat    = lookup(chart, "stat", "Maximum")
          period  = 60
          view    = "timeSeries"
          metrics = chart.metrics
        }
      }
    ]
  })
}
