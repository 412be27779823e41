"""Arguments of resources that AWS's API has a list of values or bounds for, and those of which only its documentation says more."""

# By type and path, the service and the shape of its API.
LEGAL = {
    ("aws_appautoscaling_policy", "policy_type"): ("application-autoscaling", "PolicyType"),
    ("aws_appautoscaling_policy", "service_namespace"): ("application-autoscaling", "ServiceNamespace"),
    ("aws_appautoscaling_policy", "scalable_dimension"): ("application-autoscaling", "ScalableDimension"),
    ("aws_appautoscaling_policy", "step_scaling_policy_configuration.adjustment_type"): ("application-autoscaling", "AdjustmentType"),
    ("aws_appautoscaling_policy", "step_scaling_policy_configuration.metric_aggregation_type"): ("application-autoscaling", "MetricAggregationType"),
    ("aws_appautoscaling_policy", "target_tracking_scaling_policy_configuration.predefined_metric_specification.predefined_metric_type"):
        ("application-autoscaling", "MetricType"),
    ("aws_appautoscaling_target", "service_namespace"): ("application-autoscaling", "ServiceNamespace"),
    ("aws_appautoscaling_target", "scalable_dimension"): ("application-autoscaling", "ScalableDimension"),
    ("aws_cloudwatch_log_group", "name"): ("logs", "LogGroupName"),
    ("aws_cloudwatch_log_metric_filter", "name"): ("logs", "FilterName"),
    ("aws_cloudwatch_log_metric_filter", "pattern"): ("logs", "FilterPattern"),
    ("aws_cloudwatch_log_metric_filter", "metric_transformation.name"): ("logs", "MetricName"),
    ("aws_cloudwatch_log_metric_filter", "metric_transformation.namespace"): ("logs", "MetricNamespace"),
    ("aws_cloudwatch_log_metric_filter", "metric_transformation.unit"): ("logs", "StandardUnit"),
    ("aws_cloudwatch_metric_alarm", "alarm_name"): ("cloudwatch", "AlarmName"),
    ("aws_cloudwatch_metric_alarm", "comparison_operator"): ("cloudwatch", "ComparisonOperator"),
    ("aws_cloudwatch_metric_alarm", "evaluation_periods"): ("cloudwatch", "EvaluationPeriods"),
    ("aws_cloudwatch_metric_alarm", "metric_query.id"): ("cloudwatch", "MetricId"),
    ("aws_cloudwatch_metric_alarm", "period"): ("cloudwatch", "Period"),
    ("aws_cloudwatch_metric_alarm", "statistic"): ("cloudwatch", "Statistic"),
    ("aws_ecr_repository", "image_tag_mutability"): ("ecr", "ImageTagMutability"),
    ("aws_ecr_repository", "encryption_configuration.encryption_type"): ("ecr", "EncryptionType"),
    ("aws_ecr_repository", "name"): ("ecr", "RepositoryName"),
    ("aws_ecs_cluster", "setting.name"): ("ecs", "ClusterSettingName"),
    ("aws_ecs_service", "availability_zone_rebalancing"): ("ecs", "AvailabilityZoneRebalancing"),
    ("aws_ecs_service", "launch_type"): ("ecs", "LaunchType"),
    ("aws_ecs_service", "propagate_tags"): ("ecs", "PropagateTags"),
    ("aws_flow_log", "log_destination_type"): ("ec2", "LogDestinationType"),
    ("aws_flow_log", "traffic_type"): ("ec2", "TrafficType"),
    ("aws_glue_registry", "registry_name"): ("glue", "SchemaRegistryNameString"),
    ("aws_glue_schema", "compatibility"): ("glue", "Compatibility"),
    ("aws_glue_schema", "data_format"): ("glue", "DataFormat"),
    ("aws_glue_schema", "schema_definition"): ("glue", "SchemaDefinitionString"),
    ("aws_glue_schema", "schema_name"): ("glue", "SchemaRegistryNameString"),
    ("aws_iam_role", "description"): ("iam", "roleDescriptionType"),
    ("aws_iam_role", "name"): ("iam", "roleNameType"),
    ("aws_instance", "instance_type"): ("ec2", "InstanceType"),
    ("aws_kms_key", "deletion_window_in_days"): ("kms", "PendingWindowInDaysType"),
    ("aws_msk_cluster", "cluster_name"): ("kafka", "__stringMin1Max64"),
    ("aws_msk_cluster", "encryption_info.encryption_in_transit.client_broker"): ("kafka", "ClientBroker"),
    ("aws_msk_cluster", "enhanced_monitoring"): ("kafka", "EnhancedMonitoring"),
    ("aws_msk_cluster", "number_of_broker_nodes"): ("kafka", "__integerMin1Max15"),
    ("aws_s3_bucket_lifecycle_configuration", "rule.status"): ("s3", "ExpirationStatus"),
    ("aws_s3_bucket_ownership_controls", "rule.object_ownership"): ("s3", "ObjectOwnership"),
    ("aws_s3_bucket_server_side_encryption_configuration", "rule.apply_server_side_encryption_by_default.sse_algorithm"): ("s3", "ServerSideEncryption"),
    ("aws_s3_bucket_versioning", "versioning_configuration.status"): ("s3", "BucketVersioningStatus"),
    ("aws_scheduler_schedule", "flexible_time_window.mode"): ("scheduler", "FlexibleTimeWindowMode"),
    ("aws_scheduler_schedule", "name"): ("scheduler", "Name"),
    ("aws_scheduler_schedule", "state"): ("scheduler", "ScheduleState"),
    ("aws_scheduler_schedule", "target.ecs_parameters.launch_type"): ("scheduler", "LaunchType"),
    ("aws_scheduler_schedule", "target.ecs_parameters.propagate_tags"): ("scheduler", "PropagateTags"),
    ("aws_scheduler_schedule", "target.ecs_parameters.task_count"): ("scheduler", "TaskCount"),
    ("aws_scheduler_schedule", "target.retry_policy.maximum_event_age_in_seconds"): ("scheduler", "MaximumEventAgeInSeconds"),
    ("aws_service_discovery_service", "dns_config.dns_records.type"): ("servicediscovery", "RecordType"),
    ("aws_service_discovery_service", "dns_config.routing_policy"): ("servicediscovery", "RoutingPolicy"),
    ("aws_ssm_parameter", "tier"): ("ssm", "ParameterTier"),
    ("aws_ssm_parameter", "type"): ("ssm", "ParameterType"),
    ("aws_vpc_endpoint", "vpc_endpoint_type"): ("ec2", "VpcEndpointType"),
}
# Where the API's model has a text and the documentation a list.
UNMODELLED = {
    ("aws_cloudwatch_metric_alarm", "treat_missing_data"): ("breaching", "ignore", "missing", "notBreaching"),
    ("aws_ecs_cluster", "setting.value"): ("disabled", "enabled", "enhanced"),
    ("aws_flow_log", "max_aggregation_interval"): (60, 600),
    ("aws_msk_cluster", "broker_node_group_info.connectivity_info.public_access.type"): ("DISABLED", "SERVICE_PROVIDED_EIPS"),
}
# Fargate's memory in MiB by its CPU units: from, to, in steps of.
SIZES = {256: (512, 2048, 512), 512: (1024, 4096, 1024), 1024: (2048, 8192, 1024), 2048: (4096, 16384, 1024), 4096: (8192, 30720, 1024)}


def sizes_findings(plan):
    """Sizes of tasks that Fargate has not."""
    for definition in plan.of("aws_ecs_task_definition"):
        cpu, memory = int(definition.values["cpu"]), int(definition.values["memory"])
        least, most, step = SIZES.get(cpu, (0, 0, 1))
        # 1536 is no size for a quarter of a CPU.
        if not least <= memory <= most or memory % step or (cpu, memory) == (256, 1536):
            yield f"{definition.address}: Fargate has no {cpu} CPU units with {memory} MiB"
