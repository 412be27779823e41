"""Ways to break `infra/`, each with the step that has to see it, and words of what that step has to say."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Breakage:
    """One way: in a file below infra/, one text in place of another. Without the first the file is that text; with neither it is the variables."""

    step: str
    root: str
    what: str
    file: str
    before: str | None
    after: str
    expected: str
    variables: dict = field(default_factory=dict)


def set_to(step, root, what, expected, **variables):
    """A breakage by variables alone."""
    return Breakage(step, root, what, "", None, "", expected, variables)


WRONG_TEST = """mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["a", "b", "c"] }
  }
}

run "wrong" {
  command = plan

  variables {
    environment = "dev"
    region      = "eu-central-1"
  }

  assert {
    condition     = var.environment == "prod"
    error_message = "It is another one."
  }
}
"""

BREAKAGES = (
    Breakage("format", "platform", "spaces", "platform/outputs.tf", 'tier  = "Int', 'tier = "Int', "platform/outputs.tf"),
    Breakage("tests", "platform", "a test that fails", "platform/tests/platform.tftest.hcl", None, WRONG_TEST, "It is another one."),
    Breakage("tests", "platform", "no test", "platform/tests/platform.tftest.hcl", None, "", "has no tests"),

    Breakage("validate", "platform", "an unknown resource", "platform/main.tf", 'resource "aws_ecs_cluster" "this"', 'resource "aws_ecs_clusters" "this"',
             "Invalid resource type"),
    Breakage("validate", "platform", "a wrong argument", "modules/ecr/main.tf", "image_tag_mutability =", "image_tags_mutability =", "Unsupported argument"),
    Breakage("validate", "platform", "a missing argument", "platform/main.tf", '  protocol  = "email"\n', "", "Missing required argument"),
    Breakage("validate", "platform", "a missing block", "modules/msk/logs_bucket.tf", '  versioning_configuration {\n    status = "Enabled"\n  }\n', "",
             "Insufficient versioning_configuration blocks"),
    Breakage("validate", "platform", "a wrong type", "modules/encryption/main.tf", "enable_key_rotation     = true", 'enable_key_rotation     = "often"',
             "a bool is required"),
    Breakage("validate", "platform", "a wrong reference", "platform/main.tf", "topic_arn = aws_sns_topic.alarms.arn", "topic_arn = aws_sns_topic.alarm.arn",
             "undeclared resource"),
    Breakage("validate", "platform", "what only AWS decides", "modules/ecr/main.tf", "  image_tag_mutability =",
             '  arn = "arn:aws:ecr:::x"\n  image_tag_mutability =', '"arn"'),
    Breakage("validate", "app", "an unknown resource", "modules/ecs-task/network.tf", 'resource "aws_security_group" "this"',
             'resource "aws_security_groups" "this"', "Invalid resource type"),
    Breakage("validate", "app", "a wrong argument", "modules/ecs-task/main.tf", "requires_compatibilities =", "requires_compatibility =",
             "Unsupported argument"),
    Breakage("validate", "app", "a missing argument", "modules/lag-autoscaling/main.tf", "  max_capacity       = var.maximum\n", "",
             "Missing required argument"),
    Breakage("validate", "app", "a missing block", "modules/producer-burst/main.tf", '  flexible_time_window {\n    mode = "OFF"\n  }\n', "",
             "Insufficient flexible_time_window blocks"),
    Breakage("validate", "app", "a wrong type", "modules/ops-access/port_forwarding.tf", "ebs_optimized               = true",
             'ebs_optimized               = "very"', "a bool is required"),
    Breakage("validate", "app", "a wrong reference", "app/main.tf", "= module.consumer.service_name", "= module.consumer.name", "Unsupported attribute"),

    Breakage("plans", "platform", "a change without an end", "platform/outputs.tf", 'description = "What app builds on"\n  #',
             "description = timestamp()\n  #", "to be changed again"),
    Breakage("plans", "app", "another parameter than platform's", "app/platform.tf", "}/platform", "}/platforms", "agrees with this"),
    set_to("plans", "app", "the tag latest", "latest does not", image_tag="latest"),
    set_to("plans", "app", "a size that Fargate has not", "a pair of Fargate's", producer={"memory": 4096}),
    set_to("plans", "app", "more consumers than partitions", "has no work for", consumer={"maximum": 7}),
    set_to("plans", "app", "a setting that has a variable", "Terraform decides on", consumer={"settings": {"kafka.group_id": "others"}}),

    Breakage("policies", "app", "a wildcard", "app/permissions.tf", '"kafka-cluster:WriteDataIdempotently"', '"kafka-cluster:*"', "is a wildcard"),
    Breakage("policies", "app", "an unknown action", "modules/ecs-task/roles.tf", "ecr:BatchGetImage", "ecr:BatchGetImages",
             "there is no action ecr:BatchGetImages"),
    Breakage("policies", "app", "every resource", "modules/ecs-task/roles.tf", "Resource = var.platform.repositories[var.image].arn", 'Resource = "*"',
             "is allowed on *"),
    Breakage("policies", "app", "all secrets", "modules/ecs-task/roles.tf", "Resource = [for arn in local.secret_arns : arn if strcontains(arn, \":ssm:\")]",
             'Resource = ["*"]', "is allowed on *"),
    Breakage("policies", "app", "another kind of resource", "app/permissions.tf", '["${local.group_arn_prefix}/${var.group_id}"]',
             '["${local.topic_arn_prefix}/${var.group_id}"]', "is not for"),
    Breakage("policies", "app", "a part of the resources", "app/permissions.tf", "[local.registry_arn, local.schema_arn]", "[local.schema_arn]",
             "needs a registry as well"),
    Breakage("policies", "app", "an action without the one beside it", "app/permissions.tf", 'Action = ["kafka-cluster:Connect"]', "Action = []",
             "needs kafka-cluster:Connect beside it"),
    Breakage("policies", "platform", "a condition on nothing", "modules/encryption/main.tf", "kms:EncryptionContext:", "kms:Context:",
             "has no condition key kms:Context"),
    Breakage("policies", "platform", "everybody", "platform/main.tf", 'Principal = { Service = ["cloudwatch.amazonaws.com", "aps.amazonaws.com"] }',
             'Principal = "*"', "everybody"),
    Breakage("policies", "app", "an argument of no container", "modules/ecs-task/main.tf", "stopTimeout            =", "stopTimeOut            =",
             "stopTimeOut"),
    Breakage("policies", "app", "an unknown log driver", "modules/ecs-task/main.tf", 'logDriver = "awslogs"', 'logDriver = "awslog"',
             "logDriver is 'awslog'"),
    Breakage("policies", "platform", "an unknown value", "modules/ecr/main.tf", '"IMMUTABLE"', '"FIXED"', "image_tag_mutability is 'FIXED'"),
    Breakage("policies", "app", "a value that no model has", "modules/alarms/main.tf", 'treat_missing_data = "ignore"', 'treat_missing_data = "ignored"',
             "treat_missing_data is 'ignored'"),

    Breakage("agreement", "app", "a missing permission", "app/permissions.tf", '["glue:GetSchema", ', "[", "may not glue:GetSchema on"),
    Breakage("agreement", "app", "a surplus permission", "app/permissions.tf",
             '"kafka-cluster:DescribeGroup"], Resource = ["${local.group_arn_prefix}/${var.group_id}"]',
             '"kafka-cluster:DescribeGroup", "kafka-cluster:DeleteGroup"], Resource = ["${local.group_arn_prefix}/${var.group_id}"]',
             "may kafka-cluster:DeleteGroup on"),
    Breakage("agreement", "app", "a right to write for who only reads", "app/permissions.tf",
             '{ Sid = "Read", Effect = "Allow", Action = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"], Resource = [local.topic_arn] },\n    ]',
             '{ Sid = "Read", Effect = "Allow", Action = ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"], Resource = [local.topic_arn] },\n    ]',
             "may kafka-cluster:WriteData on", {"ops_access": {"tasks": True}}),
    Breakage("agreement", "app", "too little time to end", "app/platform.tf", "stop_timeout   = 60", "stop_timeout   = 45", "is killed after 45 s"),
    Breakage("agreement", "app", "an unknown setting", "app/settings.tf", '"log.format" ', '"log.formats"', "log.formats: no such key"),
    Breakage("agreement", "app", "another health check", "modules/ecs-task/main.tf", '"healthcheck"]', '"health"]', "its health check is"),
    Breakage("agreement", "app", "another port", "app/platform.tf", "admin_port     = 9464", "admin_port     = 9465", "the admin port is 9465"),
    Breakage("agreement", "app", "a message that nobody says", "modules/alarms/logs.tf", '["failed", ', '["it failed", ',
             "'it failed' is nothing that docs/LOGS.md has"),
    Breakage("agreement", "app", "a pattern that CloudWatch cannot read", "modules/alarms/logs.tf", '"line *"', '"line * rejected: *"', "only at either end"),
    Breakage("agreement", "app", "an alarm that is missing", "modules/alarms/logs.tf", "GluestreamSinkFails = {", "GluestreamSinkBreaks = {",
             "GluestreamSinkFails is no alarm"),
    Breakage("agreement", "app", "a runbook that is not there", "modules/alarms/logs.tf", 'runbook = "the-sink-fails"', 'runbook = "sinks"',
             "leads to #sinks"),
    Breakage("agreement", "app", "not all rules", "modules/metrics/main.tf", '"*.yml")', '"alerts.yml")', "the rules ['alerts']", {"metrics": True}),
    Breakage("agreement", "platform", "another schema", "platform/variables.tf", 'file = "order.avsc"', 'file = "order_more.avsc"',
             "is not schemas/order.avsc"),
    Breakage("agreement", "platform", "other dead letters", "modules/msk/topics.tf", "dead_letter_headroom = 65536", "dead_letter_headroom = 1024",
             "the topic orders-dead-letters is"),

    Breakage("checkov", "platform", "a key that stays the same", "modules/encryption/main.tf", "enable_key_rotation     = true",
             "enable_key_rotation     = false", "CKV_AWS_7"),
    Breakage("cloud", "platform", "a rule that ECR has not", "modules/ecr/main.tf", '"sinceImagePushed"', '"sinceImagePush"', "aws_ecr_lifecycle_policy"),
)
