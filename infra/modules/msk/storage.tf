# Volumes grow before they are full. AWS allows one growth in six hours, and none back.

locals {
  grows = !local.is_express && var.storage_gb.maximum > var.storage_gb.initial ? 1 : 0
}

resource "aws_appautoscaling_target" "storage" {
  count = local.grows

  service_namespace  = "kafka"
  resource_id        = aws_msk_cluster.this.arn
  scalable_dimension = "kafka:broker-storage:VolumeSize"
  min_capacity       = 1
  max_capacity       = var.storage_gb.maximum
}

resource "aws_appautoscaling_policy" "storage" {
  count = local.grows

  name               = "${var.name}-broker-storage"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.storage[0].service_namespace
  resource_id        = aws_appautoscaling_target.storage[0].resource_id
  scalable_dimension = aws_appautoscaling_target.storage[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value     = 60
    disable_scale_in = true

    predefined_metric_specification {
      predefined_metric_type = "KafkaBrokerStorageUtilization"
    }
  }
}
