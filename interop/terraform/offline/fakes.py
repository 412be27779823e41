"""What only AWS would know of a resource, made up: the same for the same resource, another for another, and in AWS's shape where something is known of it."""

REGION, ACCOUNT = "eu-central-1", "000000000000"

# The service in an ARN, by how the types of its resources begin; the longest beginning counts. Others have it in their names.
SERVICES = {
    "aws_appautoscaling": "autoscaling", "aws_cloudwatch_event": "events", "aws_cloudwatch_log": "logs", "aws_eip": "ec2", "aws_flow_log": "ec2",
    "aws_instance": "ec2", "aws_internet_gateway": "ec2", "aws_lb": "elasticloadbalancing", "aws_msk": "kafka", "aws_nat_gateway": "ec2",
    "aws_network": "ec2", "aws_prometheus": "aps", "aws_route_table": "ec2", "aws_security_group": "ec2", "aws_service_discovery": "servicediscovery",
    "aws_sfn": "states", "aws_subnet": "ec2", "aws_vpc": "ec2",
}
# What their ARNs have in place of a region, or of a region and an account.
GLOBAL = {"iam": ":{account}", "s3": ":"}
# The last part of an ARN, of the resource's attributes; of others it is the name.
ARNS = {
    "aws_appautoscaling_policy": "scalingPolicy:{digest}:resource/{service_namespace}/{resource_id}:policyName/{name}",
    "aws_appautoscaling_target": "scalable-target/{digest}",
    "aws_cloudwatch_event_rule": "rule/{name}",
    "aws_cloudwatch_log_group": "log-group:{name}",
    "aws_cloudwatch_metric_alarm": "alarm:{alarm_name}",
    "aws_ecr_repository": "repository/{name}",
    "aws_ecs_cluster": "cluster/{name}",
    "aws_ecs_service": "service/{name}",
    "aws_ecs_task_definition": "task-definition/{family}:1",
    "aws_eip": "elastic-ip/{id}",
    "aws_flow_log": "vpc-flow-log/{id}",
    "aws_glue_registry": "registry/{registry_name}",
    "aws_glue_schema": "schema/{registry_name}/{schema_name}",
    "aws_iam_instance_profile": "instance-profile/{name}",
    "aws_iam_policy": "policy/{name}",
    "aws_iam_role": "role/{name}",
    "aws_instance": "instance/{id}",
    "aws_internet_gateway": "internet-gateway/{id}",
    "aws_kms_key": "key/{key_id}",
    "aws_msk_cluster": "cluster/{cluster_name}/{cluster_uuid}",
    "aws_msk_configuration": "configuration/{name}/{digest}",
    "aws_nat_gateway": "natgateway/{id}",
    "aws_prometheus_rule_group_namespace": "rulegroupsnamespace/{workspace_id}/{name}",
    "aws_prometheus_scraper": "scraper/{id}",
    "aws_prometheus_workspace": "workspace/{id}",
    "aws_route_table": "route-table/{id}",
    "aws_s3_bucket": "{bucket}",
    "aws_scheduler_schedule": "schedule/{group_name}/{name}",
    "aws_scheduler_schedule_group": "schedule-group/{name}",
    "aws_secretsmanager_secret": "secret:{name}-{digest}",
    "aws_security_group": "security-group/{id}",
    "aws_service_discovery_private_dns_namespace": "namespace/{id}",
    "aws_service_discovery_service": "service/{id}",
    "aws_ssm_parameter": "parameter/{name}",
    "aws_subnet": "subnet/{id}",
    "aws_vpc": "vpc/{id}",
    "aws_vpc_endpoint": "vpc-endpoint/{id}",
    "aws_vpc_security_group_egress_rule": "security-group-rule/{id}",
    "aws_vpc_security_group_ingress_rule": "security-group-rule/{id}",
}
# Ids that say of what they are, or that are another attribute.
IDS = {
    "aws_cloudwatch_log_group": "{name}",
    "aws_ecr_repository": "{name}",
    "aws_ecs_cluster": "{arn}",
    "aws_ecs_service": "{arn}",
    "aws_eip": "eipalloc-{digest}",
    "aws_flow_log": "fl-{digest}",
    "aws_glue_registry": "{arn}",
    "aws_glue_schema": "{arn}",
    "aws_iam_role": "{name}",
    "aws_instance": "i-{digest}",
    "aws_internet_gateway": "igw-{digest}",
    "aws_kms_key": "{key_id}",
    "aws_msk_cluster": "{arn}",
    "aws_msk_configuration": "{arn}",
    "aws_nat_gateway": "nat-{digest}",
    "aws_prometheus_workspace": "ws-{digest}",
    "aws_route_table": "rtb-{digest}",
    "aws_s3_bucket": "{bucket}",
    "aws_secretsmanager_secret": "{arn}",
    "aws_security_group": "sg-{digest}",
    "aws_sns_topic": "{arn}",
    "aws_ssm_parameter": "{name}",
    "aws_subnet": "subnet-{digest}",
    "aws_vpc": "vpc-{digest}",
    "aws_vpc_endpoint": "vpce-{digest}",
    "aws_vpc_security_group_egress_rule": "sgr-{digest}",
    "aws_vpc_security_group_ingress_rule": "sgr-{digest}",
}
# Attributes that look the same wherever they are.
TEXTS = {
    "account_id": "{account}",
    "bootstrap_brokers_sasl_iam": "b-1.{cluster_name}.kafka.{region}.amazonaws.com:9098",
    "owner_id": "{account}",
    "prefix_list_id": "pl-{digest}",
    "region": "{region}",
    "repository_url": "{account}.dkr.ecr.{region}.amazonaws.com/{name}",
}
SINGLE = {"number": 1, "bool": False}


class Fakes:
    """Makes up what one resource or data source of this type lacks. `value` is what is known of it, and `digest` some hex digits that only it has."""

    def __init__(self, kind, value, digest, account=ACCOUNT, region=REGION):
        self.kind, self.value = kind, value
        self.known = {"digest": digest, "account": account, "region": region}

    def of(self, name, attribute):
        """A value for an attribute. A list or a set has one item, or none if it could have been set and was not; a map has none."""
        kind = attribute["type"]
        return [] if attribute.get("optional") and kind[0] in ("list", "set") else self._of_type(name, kind)

    def __getitem__(self, name):
        """What a pattern calls by this name: something of the caller's, or an attribute, made up if it is not known."""
        if name in self.known:
            return self.known[name]
        value = self.value.get(name)
        return value if isinstance(value, str) else self._text(name)

    def _of_type(self, name, kind):
        if isinstance(kind, str):
            return SINGLE[kind] if kind in SINGLE else self._text(name)
        collection, items = kind
        if collection == "object":
            return {field: self._of_type(field, of_field) for field, of_field in items.items()}
        return {} if collection == "map" else [self._of_type(name.removesuffix("s"), items)]

    def _text(self, name):
        if name == "arn":
            return self._arn(ARNS.get(self.kind, "{name}"))
        if name.endswith("_arn"):
            return self._arn(f"mock-{name}-{{digest}}")
        whole = self.value.get(f"{name.removesuffix('_name')}_arn")
        if name.endswith("_name") and isinstance(whole, str):
            return whole.rpartition("/")[2]
        pattern = IDS.get(self.kind) if name == "id" else TEXTS.get(name)
        return (pattern or f"mock-{name}-{{digest}}").format_map(self)

    def _arn(self, pattern):
        service = service_of(self.kind)
        place = GLOBAL.get(service, "{region}:{account}")
        # The name of a parameter begins with a slash itself.
        return f"arn:aws:{service}:{place}:{pattern}".format_map(self).replace("//", "/")


def service_of(kind):
    """The service of a type, as ARNs name it."""
    begun = [beginning for beginning in SERVICES if kind.startswith(beginning)]
    return SERVICES[max(begun, key=len)] if begun else kind.split("_")[1]


def data_sources(account, region):
    """What data sources give unless the caller knows better."""
    return {
        "aws_availability_zones": {"id": region, "names": [f"{region}{zone}" for zone in "abc"], "zone_ids": [f"mock-az{number}" for number in (1, 2, 3)]},
        "aws_caller_identity": {"account_id": account, "arn": f"arn:aws:iam::{account}:user/mock", "id": account, "user_id": "mock"},
        "aws_partition": {"id": "aws", "partition": "aws", "dns_suffix": "amazonaws.com", "reverse_dns_prefix": "com.amazonaws"},
        "aws_region": {"id": region, "name": region, "region": region},
        "aws_iam_policy_document": dict.fromkeys(("json", "minified_json"), '{"Version":"2012-10-17","Statement":[]}'),
    }
