# More consumers while records wait, fewer when none do. The maximum is for the caller to hold to the partitions: beyond them a consumer has no work.
#
# MSK gives the lag once a minute, and not at all while a group is rebalancing, which each step of scaling makes it do: so steps are of one task, a
# missing value changes nothing, and the way down is slow.

locals {
  dimensions = {
    "Cluster Name"   = var.kafka_cluster_name
    "Consumer Group" = var.group_id
    "Topic"          = var.topic
  }
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  resource_id        = "service/${var.ecs_cluster_name}/${var.service_name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.minimum
  max_capacity       = var.maximum
}

resource "aws_appautoscaling_policy" "up" {
  name               = "${var.name}-lag-up"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    metric_aggregation_type = "Maximum"
    cooldown                = 120

    step_adjustment {
      metric_interval_lower_bound = "0"
      scaling_adjustment          = 1
    }
  }
}

resource "aws_appautoscaling_policy" "down" {
  name               = "${var.name}-lag-down"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    metric_aggregation_type = "Maximum"
    cooldown                = 600

    step_adjustment {
      metric_interval_upper_bound = "0"
      scaling_adjustment          = -1
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "up" {
  alarm_name          = "${var.name}-scale-up"
  alarm_description   = "Scales ${var.service_name}; tells nobody"
  namespace           = "AWS/Kafka"
  metric_name         = "SumOffsetLag"
  dimensions          = local.dimensions
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.lag_records.up
  treat_missing_data  = "ignore"
  alarm_actions       = [aws_appautoscaling_policy.up.arn]
}

resource "aws_cloudwatch_metric_alarm" "down" {
  alarm_name          = "${var.name}-scale-down"
  alarm_description   = "Scales ${var.service_name}; tells nobody"
  namespace           = "AWS/Kafka"
  metric_name         = "SumOffsetLag"
  dimensions          = local.dimensions
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 15
  comparison_operator = "LessThanThreshold"
  threshold           = var.lag_records.down
  treat_missing_data  = "ignore"
  alarm_actions       = [aws_appautoscaling_policy.down.arn]
}
