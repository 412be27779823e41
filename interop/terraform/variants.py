"""What `infra/` can be told to make, in variants: each is planned, most are applied into a state that is thrown away, and nothing may be left to change.

`app` reads what the apply of `platform` published, by the name under which it published it.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from daemons import Failed
from plan import Plan
from stage import INFRA, ROOTS, Root

TAG = "0a1b2c3d4e5f"
# Names of the parameters that AWS itself publishes: images of machines.
PUBLIC = re.compile(r'"(/aws/service/[^"]+)"')
OWN_ACCOUNT = "000000000000"
OTHER_ACCOUNT = "999999999999"
REGISTER = {
    "registry.resolution": "register", "registry.create": "true", "registry.clean_failed": "true", "registry.metadata.build": "7", "registry.tags.team": "a",
}
TASKS = {"ops_access": {"tasks": True}}


@dataclass(frozen=True)
class Variant:
    """One way to set the variables of a root: those of an environment's files, and others over them. `on` is the platform of an app."""

    root: str
    name: str
    files_of: str = "dev"
    on: str = "dev"
    is_applied: bool = True
    variables: dict = field(default_factory=dict)

    def __str__(self):
        return f"{self.root} {self.name}"


@dataclass(frozen=True)
class Made:
    """A variant with its plan, the file of it, and the platform that an app builds on."""

    variant: Variant
    plan: Plan
    path: Path
    platform: "Made" = None

    def __str__(self):
        return str(self.variant)

    @property
    def published(self):
        """What an app reads of its platform."""
        [parameter] = self.platform.plan.of("aws_ssm_parameter")
        return parameter.json("value")


def platform(name, files_of="dev", **variables):
    """A variant of platform, which is an environment of its own."""
    return Variant("platform", name, files_of, name, True, {"environment": name, **variables})


def app(name, on="dev", files_of="dev", is_applied=True, **variables):
    """A variant of app in the environment of a platform."""
    return Variant("app", name, files_of, on, is_applied, {"environment": on, "image_tag": TAG, **variables})


def settings(name, producer, consumer):
    """A variant of app with other settings of the daemons, and with all tasks."""
    return app(name, is_applied=False, producer={"settings": producer}, consumer={"settings": consumer}, **TASKS)


PLATFORMS = (
    platform("dev"),
    platform("prod", files_of="prod"),
    platform("nat", egress="nat"),
    platform(
        "express", kafka={"instance_type": "express.m7g.large", "broker_count": 6, "logs_to_s3": True, "open_monitoring": True}, ops_access=True,
        more_endpoints=["sts"], alarm_email="somebody@example.com",
        topics={"orders": {"partitions": 6, "config": {"max.message.bytes": "2000000", "retention.ms": "86400000"}, "dead_letters": {"topic": "letters"}},
                "audit": {"partitions": 3, "dead_letters": {"enabled": False}}},
        schemas={"orders-value": {"file": "order.avsc"}, "audit-value": {"file": "order.avsc", "compatibility": "FULL_ALL"}}),
)
APPS = (
    app("dev"),
    app("prod", on="prod", files_of="prod", sink={"kind": "stdout"}, accept_payloads_in_logs=True),
    app("lake", on="prod", files_of="prod", sink={"kind": "object_store", "url": "s3://lake/raw"}, consumer={
        "minimum": 2, "maximum": 6, "cpu": 1024, "memory": 2048, "settings": {"sink.partition_by": "hour"}}),
    app("bucket", is_applied=False, sink={"kind": "object_store", "url": "s3://lake"}, accept_payloads_in_logs=False, **TASKS),
    app("moved", on="express", topic="orders", sink={"kind": "kafka", "topic": "audit"}, accept_payloads_in_logs=False),
    app("moved-without-letters", on="express", is_applied=False, topic="audit", sink={"kind": "kafka", "topic": "orders"}, accept_payloads_in_logs=False),
    app("webhook", on="nat", sink={
        "kind": "http", "http_url": "https://hooks.example.com/records",
        "http_token_secret_arn": f"arn:aws:secretsmanager:eu-central-1:{OWN_ACCOUNT}:secret:webhook-AbCdEf",
        "http_secret_secret_arn": f"arn:aws:ssm:eu-central-1:{OWN_ACCOUNT}:parameter/webhook/key",
        "kms_key_arn": f"arn:aws:kms:eu-central-1:{OWN_ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
    }, accept_payloads_in_logs=False, consumer={"settings": {"sink.batch_time": "1s", "sink.http_compression": "gzip"}}, **TASKS),
    app("burst", burst={"enabled": True}),
    app("metrics", on="nat", metrics=True, cpu_architecture="ARM64"),
    app("operators", on="express", ops_access={"tasks": True, "port_forwarding": True}),
    app("operators-nat", on="nat", is_applied=False, ops_access={"tasks": True, "port_forwarding": True}),
    app("roles", on="nat", registry_role={
        "role_arn": f"arn:aws:iam::{OTHER_ACCOUNT}:role/schemas", "external_id": "gluestream",
        "registry_arn": f"arn:aws:glue:eu-west-1:{OTHER_ACCOUNT}:registry/shared", "region": "eu-west-1",
    }, kafka_role={"role_arn": f"arn:aws:iam::{OTHER_ACCOUNT}:role/kafka", "external_id": "gluestream"}, **TASKS),
    app("role-of-kafka", on="express", is_applied=False, kafka_role={"role_arn": f"arn:aws:iam::{OTHER_ACCOUNT}:role/kafka"}, **TASKS),
    app("no-letters", on="express", is_applied=False, topic="audit"),
    settings("register", REGISTER, {"dead_letter.policy": "stop"}),
    settings("latest", {"registry.resolution": "latest", "dead_letter.policy": "log"}, {
        "registry.prewarm": "latest 5", "codec.reader_schema": "latest", "dead_letter.policy": "log"}),
    settings("version", {"registry.resolution": "version", "registry.schema_version": "3"}, {"kafka.properties.fetch.min.bytes": "1024"}),
    settings("id", {"registry.resolution": "id", "registry.schema_version_id": "11111111-2222-3333-4444-555555555555"}, {}),
)


def perform(stage):
    """The step: makes the plans, and says how many."""
    made = stage.plans
    counts = " and ".join(f"{sum(1 for one in made if one.variant.root == root)} of {root}" for root in ROOTS)
    resources = sum(len(one.plan.resources) for one in made)
    return f"{counts}, {resources} resources; {len(stage.applied)} applied, and nothing left to change"


def make_all(stage):
    """Plans and applies everything, first what the rest builds on; fails if something cannot be made, or is not done when it is applied."""
    tree = stage.copy("variants")
    with stage.pool() as pool:
        prepare(tree, pool)
        platforms = stage.each(lambda variant: make(tree, pool, variant), PLATFORMS)
    made = {one.variant.name: one for one in platforms}
    with stage.pool(published_by(platforms)) as pool:
        return platforms + stage.each(lambda variant: make(tree, pool, variant, made[variant.on]), APPS)


def prepare(tree, pool):
    """Makes the roots of a copy ready for plans."""
    with pool.one() as environment:
        for root in ROOTS:
            Root(tree, root, environment).init_with_state()


def published_by(platforms):
    """What the data sources of app give: the parameters that these platforms have stored, and those of AWS."""
    found = [{"name": name, "value": "ami-00000000000000000"} for file in INFRA.rglob("*.tf") for name in PUBLIC.findall(file.read_text(encoding="utf-8"))]
    for made in platforms:
        [parameter] = made.plan.of("aws_ssm_parameter")
        found.append({"name": parameter.values["name"], "value": parameter.values["value"], "insecure_value": parameter.values["value"]})
    return {"aws_ssm_parameter": found}


def arguments(root, variant):
    """What Terraform is told: the files of the environment as docs/DEPLOYMENT.md names them, and a file with the rest."""
    own = root.folder / f"{variant.name}.tfvars.json"
    own.write_text(json.dumps(variant.variables), encoding="utf-8")
    files = [f"../envs/{variant.files_of}.tfvars", f"{variant.files_of}.tfvars", own.name]
    return [f"-state={variant.name}.tfstate", *(f"-var-file={name}" for name in files)]


def make(tree, pool, variant, on=None):
    """Applies a variant if it is to be, plans it, and reads the plan; after an apply it may not have a change."""
    with pool.one() as environment:
        root = Root(tree, variant.root, environment)
        told = arguments(root, variant)
        try:
            if variant.is_applied:
                root.run("apply", "-auto-approve", *told)
            plan, path = planned(root, variant.name, told)
        except Failed as failed:
            raise Failed(f"{variant}: {failed}") from failed
    if variant.is_applied and plan.changes:
        raise Failed(f"{variant}: applied, and then to be changed again: {', '.join(plan.changes)}")
    return Made(variant, plan, path, on)


def planned(root, name, told):
    """A plan, and the file that it is in."""
    file = f"{name}.plan"
    root.run("plan", f"-out={file}", *told)
    _, shown = root.run("show", "-json", file)
    path = root.folder / f"{root.name}-{name}.json"
    path.write_text(shown, encoding="utf-8")
    return Plan(json.loads(shown)), path
