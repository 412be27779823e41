"""What plans would make, made by AWS's API as moto has it, one plan after the other.

Runs inside the environment of requirements.txt. On stdin is a list of plans, each a list of {"address": ..., "type": ..., "values": ...}; the answer on
stdout counts what was made, by type, and has what was refused: {"made": {...}, "refused": [...]}.
"""

import json
import logging
import sys
from collections import Counter
from urllib.request import Request, urlopen

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from moto.server import ThreadedMotoServer

REGION = "eu-central-1"


def pick(values, **names):
    """The arguments of a call: each is an attribute, and those that are not set are left out."""
    return {argument: values[name] for argument, name in names.items() if values.get(name) not in (None, [], {}, "")}


def single(values, name):
    """The one block of this name, or nothing."""
    return (values.get(name) or [{}])[0]


class Cloud:
    """One method for each type of resource."""

    def __init__(self, endpoint):
        self.endpoint, self.clients = endpoint, {}

    def client(self, service):
        """A client of a service."""
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")
        return self.clients[service]

    def forget(self):
        """An account with nothing in it."""
        with urlopen(Request(f"{self.endpoint}/moto-api/reset", method="POST"), timeout=10):
            pass

    def aws_iam_role(self, values):
        """A role with who may be it."""
        self.client("iam").create_role(**pick(values, RoleName="name", Description="description", AssumeRolePolicyDocument="assume_role_policy"))

    def aws_iam_role_policy(self, values):
        """What a role may do."""
        self.client("iam").put_role_policy(**pick(values, RoleName="role", PolicyName="name", PolicyDocument="policy"))

    def aws_kms_key(self, values):
        """A key with its policy."""
        self.client("kms").create_key(**pick(values, Description="description", Policy="policy"))

    def aws_cloudwatch_log_group(self, values):
        """A log group that forgets."""
        self.client("logs").create_log_group(**pick(values, logGroupName="name"))
        self.client("logs").put_retention_policy(**pick(values, logGroupName="name", retentionInDays="retention_in_days"))

    def aws_cloudwatch_log_metric_filter(self, values):
        """A count of lines."""
        told = [pick(one, metricName="name", metricNamespace="namespace", metricValue="value", unit="unit") for one in values["metric_transformation"]]
        self.client("logs").put_metric_filter(
            **pick(values, logGroupName="log_group_name", filterName="name", filterPattern="pattern"),
            metricTransformations=[{**one, "defaultValue": float(all_of["default_value"])} for one, all_of in zip(told, values["metric_transformation"])])

    def aws_cloudwatch_metric_alarm(self, values):
        """An alarm on a metric, or on what is computed of some."""
        asked = pick(
            values, AlarmName="alarm_name", AlarmDescription="alarm_description", Namespace="namespace", MetricName="metric_name", Statistic="statistic",
            Period="period", EvaluationPeriods="evaluation_periods", ComparisonOperator="comparison_operator", Threshold="threshold",
            TreatMissingData="treat_missing_data", AlarmActions="alarm_actions", OKActions="ok_actions")
        if values.get("dimensions"):
            asked["Dimensions"] = dimensions(values)
        if values.get("metric_query"):
            asked["Metrics"] = [query(one) for one in values["metric_query"]]
        self.client("cloudwatch").put_metric_alarm(**asked)

    def aws_cloudwatch_dashboard(self, values):
        """A page of charts."""
        self.client("cloudwatch").put_dashboard(**pick(values, DashboardName="dashboard_name", DashboardBody="dashboard_body"))

    def aws_ecr_repository(self, values):
        """A repository of images."""
        encryption, scanning = single(values, "encryption_configuration"), single(values, "image_scanning_configuration")
        self.client("ecr").create_repository(
            **pick(values, repositoryName="name", imageTagMutability="image_tag_mutability"),
            encryptionConfiguration=pick(encryption, encryptionType="encryption_type"), imageScanningConfiguration=pick(scanning, scanOnPush="scan_on_push"))

    def aws_ecr_lifecycle_policy(self, values):
        """Which images go."""
        self.client("ecr").put_lifecycle_policy(**pick(values, repositoryName="repository", lifecyclePolicyText="policy"))

    def aws_ecs_cluster(self, values):
        """A cluster."""
        self.client("ecs").create_cluster(**pick(values, clusterName="name", settings="setting"))

    def aws_ecs_task_definition(self, values):
        """A task definition."""
        platform = single(values, "runtime_platform")
        self.client("ecs").register_task_definition(
            **pick(values, family="family", taskRoleArn="task_role_arn", executionRoleArn="execution_role_arn", networkMode="network_mode", cpu="cpu",
                   memory="memory", requiresCompatibilities="requires_compatibilities"),
            runtimePlatform=pick(platform, cpuArchitecture="cpu_architecture", operatingSystemFamily="operating_system_family"),
            containerDefinitions=json.loads(values["container_definitions"]))

    def aws_glue_registry(self, values):
        """A registry."""
        self.client("glue").create_registry(**pick(values, RegistryName="registry_name", Description="description"))

    def aws_glue_schema(self, values):
        """A schema with its first version."""
        self.client("glue").create_schema(
            **pick(values, SchemaName="schema_name", Description="description", DataFormat="data_format", Compatibility="compatibility",
                   SchemaDefinition="schema_definition"),
            RegistryId=pick(values, RegistryName="registry_name"))

    def aws_s3_bucket(self, values):
        """A bucket."""
        self.client("s3").create_bucket(**pick(values, Bucket="bucket"), CreateBucketConfiguration={"LocationConstraint": REGION})

    def aws_s3_bucket_policy(self, values):
        """Who may use a bucket."""
        self.client("s3").put_bucket_policy(**pick(values, Bucket="bucket", Policy="policy"))

    def aws_scheduler_schedule_group(self, values):
        """A group of schedules."""
        self.client("scheduler").create_schedule_group(**pick(values, Name="name"))

    def aws_scheduler_schedule(self, values):
        """A schedule."""
        target, window = single(values, "target"), single(values, "flexible_time_window")
        task, retry = single(target, "ecs_parameters"), single(target, "retry_policy")
        network = pick(single(task, "network_configuration"), Subnets="subnets", SecurityGroups="security_groups")
        self.client("scheduler").create_schedule(
            **pick(values, Name="name", GroupName="group_name", Description="description", ScheduleExpression="schedule_expression", State="state"),
            FlexibleTimeWindow=pick(window, Mode="mode"),
            Target={
                **pick(target, Arn="arn", RoleArn="role_arn", Input="input"),
                "EcsParameters": {
                    **pick(task, TaskDefinitionArn="task_definition_arn", TaskCount="task_count", LaunchType="launch_type", PlatformVersion="platform_version",
                           PropagateTags="propagate_tags", EnableECSManagedTags="enable_ecs_managed_tags"),
                    "NetworkConfiguration": {"awsvpcConfiguration": {**network, "AssignPublicIp": "DISABLED"}},
                },
                "RetryPolicy": {"MaximumRetryAttempts": retry["maximum_retry_attempts"], "MaximumEventAgeInSeconds": retry["maximum_event_age_in_seconds"]},
            })

    def aws_sns_topic(self, values):
        """A topic of alarms."""
        self.client("sns").create_topic(**pick(values, Name="name"))

    def aws_ssm_parameter(self, values):
        """A parameter."""
        self.client("ssm").put_parameter(**pick(values, Name="name", Description="description", Type="type", Tier="tier", Value="value"))


def dimensions(values):
    """The dimensions of a metric."""
    return [{"Name": name, "Value": value} for name, value in values["dimensions"].items()]


def query(values):
    """One part of what an alarm computes."""
    asked = {**pick(values, Id="id", Expression="expression", Label="label"), "ReturnData": bool(values.get("return_data"))}
    for metric in values.get("metric") or []:
        named = {**pick(metric, Namespace="namespace", MetricName="metric_name"), "Dimensions": dimensions(metric)}
        asked["MetricStat"] = {"Metric": named, **pick(metric, Period="period", Stat="stat")}
    return asked


# In the order in which they need each other.
ORDER = [name for name in vars(Cloud) if name.startswith("aws_")]


def play(cloud, plans):
    """Makes everything; what is refused is named."""
    made, refused = Counter(), []
    for number, plan in enumerate(plans):
        cloud.forget()
        for kind in ORDER:
            for resource in (one for one in plan if one["type"] == kind):
                try:
                    getattr(cloud, kind)(resource["values"])
                    made[kind] += 1
                except (BotoCoreError, ClientError) as error:
                    refused.append([number, f"{resource['address']}: {' '.join(str(error).split())}"])
    return {"made": made, "refused": refused}


def main():
    """Serves the API to itself."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        answer = play(Cloud(f"http://{host}:{port}"), json.load(sys.stdin))
    finally:
        server.stop()
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
