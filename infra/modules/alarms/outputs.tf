output "rollback_alarm_names" {
  description = "Alarms by service that a new version must not raise: it ends badly, or is refused."
  value = {
    for service in keys(var.services) : service => sort([
      for key, alarm in aws_cloudwatch_metric_alarm.logged : alarm.alarm_name
      if local.filters[key].service == service && contains(["GluestreamFailed", "GluestreamKafkaRefuses", "GluestreamRegistryDenies"], local.filters[key].alarm)
    ])
  }
}

output "alarm_names" {
  description = "All alarms."
  value = sort(concat(
    [for alarm in aws_cloudwatch_metric_alarm.lag : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.cluster : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.broker : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.broker_cpu : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.broker_credits : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.memory : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.missing : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.logged : alarm.alarm_name],
  ))
}
