output "alarm_names" {
  description = "The two alarms that scale."
  value       = [aws_cloudwatch_metric_alarm.up.alarm_name, aws_cloudwatch_metric_alarm.down.alarm_name]
}

output "bounds" {
  description = "Fewest and most tasks."
  value       = { minimum = aws_appautoscaling_target.this.min_capacity, maximum = aws_appautoscaling_target.this.max_capacity }
}
