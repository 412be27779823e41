"""AWS's API, as moto has it, takes what the plans have: roles and policies, tasks, schedules, registry and schemas, logs, alarms, repositories."""

from daemons import Failed
from stage import HERE

CLOUD = HERE / "packaged" / "cloud.py"
# Without these it would prove nothing.
WANTED = {
    "aws_cloudwatch_log_group", "aws_cloudwatch_log_metric_filter", "aws_cloudwatch_metric_alarm", "aws_ecr_repository", "aws_ecs_task_definition",
    "aws_glue_registry", "aws_glue_schema", "aws_iam_role", "aws_iam_role_policy", "aws_scheduler_schedule", "aws_scheduler_schedule_group",
}


def perform(stage):
    """Makes all that were applied, each in an account with nothing in it."""
    made, refused = play(stage, stage.applied)
    refused += [f"no {kind} was made" for kind in sorted(WANTED - made.keys())]
    if refused:
        raise Failed("\n".join([f"{len(refused)} refused", *refused]))
    return f"{sum(made.values())} resources of {len(made)} kinds made for {len(stage.applied)} variants"


def play(stage, variants):
    """How many resources were made by kind, and what was refused."""
    plans = [[{"address": one.address, "type": one.type, "values": one.values} for one in made.plan.resources] for made in variants]
    answer = stage.packaged(CLOUD, said=plans)
    return answer["made"], [f"{variants[number]}: {reason}" for number, reason in answer["refused"]]
