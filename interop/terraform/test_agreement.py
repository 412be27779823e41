"""The parts that hold plans to binaries and documents, by themselves. Run by `python3 -m unittest discover -s interop/terraform`; needs neither Terraform nor
PyPI nor a binary. The stand-in has tests of its own: `python3 -m unittest discover -s interop/terraform/offline`."""

import json
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "offline"), str(HERE.parent / "shared")]

import agreement  # noqa: E402
import documents  # noqa: E402
import permissions  # noqa: E402
from plan import Plan  # noqa: E402

PLATFORM = {
    "kafka": {"cluster_arn": "arn:aws:kafka:eu-central-1:000000000000:cluster/well/uuid"},
    "registry": {"arn": "arn:aws:glue:eu-central-1:000000000000:registry/customer"},
}
ROLE = "arn:aws:iam::999999999999:role/schemas"
LOGS = """| level | message | from | fields | what |
|---|---|---|---|---|
| error | `failed` | all | `exit_code` | Why. |
| warn | `kafka: {reason}` | producer, consumer | `kind` | It goes on. |
| warn | `kafka: the cluster said that it has no brokers` | producer, consumer | `servers` | Ends by itself. |
| warn | `line {line} rejected: {kind}: {why}` | producer | `line`, `kind` | No good. |
| error | `{refusal}: going on with an older version` | producer |  | Refused. |
"""
DOCKERFILE = """ARG RUNTIME=base
FROM ${RUNTIME} AS runtime
ENV A=1 \\
    B=2
FROM runtime AS producer
ENV GLUESTREAM_ADMIN__LISTEN=0.0.0.0:9464
EXPOSE 9464
HEALTHCHECK --interval=10s --retries=3 CMD ["/usr/local/bin/producer", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/producer"]
"""
VALIDATED = """[kafka]
topic = "orders"  # default

[registry]
schema_name = by `registry.schema_naming`  # default

[topic]
partitions = 6  # default
replication = 3  # --set
config."max.message.bytes" = "2000000"  # environment variable GLUESTREAM_TOPIC__CONFIG__MAX_MESSAGE_BYTES

[dead_letter]
policy = "topic"  # --set
topic = "letters"  # --set
"""


class Permissions(unittest.TestCase):
    """What the daemons say, as pairs of action and ARN."""

    def test_resources_become_arns(self):
        self.assertEqual(permissions.arn_of("cluster", PLATFORM), PLATFORM["kafka"]["cluster_arn"])
        self.assertEqual(permissions.arn_of("topic/orders", PLATFORM), "arn:aws:kafka:eu-central-1:000000000000:topic/well/uuid/orders")
        self.assertEqual(permissions.arn_of("group/a/b", PLATFORM), "arn:aws:kafka:eu-central-1:000000000000:group/well/uuid/a/b")
        self.assertEqual(permissions.arn_of("registry/other", PLATFORM), "arn:aws:glue:eu-central-1:000000000000:registry/other")
        self.assertEqual(permissions.arn_of("bucket/lake", PLATFORM), "arn:aws:s3:::lake")
        self.assertEqual(permissions.arn_of("object/lake/raw/orders/*", PLATFORM), "arn:aws:s3:::lake/raw/orders/*")
        self.assertEqual(permissions.arn_of("schema/customer/orders-value", PLATFORM), "arn:aws:glue:eu-central-1:000000000000:schema/customer/orders-value")
        self.assertEqual([permissions.arn_of(one, PLATFORM) for one in ("*", ROLE)], ["*", ROLE])

    def test_what_another_role_does_is_not_needed(self):
        lines = [f"glue:GetSchema registry/customer as {ROLE}", f"sts:AssumeRole {ROLE}"]
        self.assertEqual(permissions.needed(lines, PLATFORM), {("sts:AssumeRole", ROLE)})

    def test_too_little_and_too_much(self):
        statements = [{"Effect": "Allow", "Action": "kafka-cluster:Connect", "Resource": ["*", PLATFORM["kafka"]["cluster_arn"]]}]
        said = list(permissions.findings(statements, ["kafka-cluster:Connect cluster", "glue:GetSchemaVersion *"], PLATFORM))
        self.assertEqual(said, ["may not glue:GetSchemaVersion on *, and needs it", "may kafka-cluster:Connect on *, and has no need of it"])


class Documents(unittest.TestCase):
    """What the documents and the Dockerfile say."""

    def said(self, pattern, service, field=None):
        """What is wrong with a pattern."""
        return list(documents.pattern_findings(pattern, service, documents.events(LOGS), field))

    def test_patterns_that_are_said(self):
        for pattern, service, field in (("failed", "consumer", None), ("line *", "producer", None), ("kafka: *", "producer", "kind"),
                                        ("*: going on with an older version", "producer", None), ("*the cluster said*", "consumer", None)):
            self.assertEqual(self.said(pattern, service, field), [], pattern)

    def test_patterns_that_are_not(self):
        for pattern, service, field, expected in (
                ("failed badly", "producer", None, "nothing"), ("fail", "producer", None, "nothing"), ("line *", "consumer", None, "nothing"),
                ("kafka: *", "producer", None, "more than one"), ("failed", "producer", "kind", "a field kind"),
                ("line * rejected: *", "producer", None, "at either end")):
            [finding] = self.said(pattern, service, field)
            self.assertIn(expected, finding)

    def test_names_between_markers(self):
        text = "| `Other` | x |\n<!-- alarms -->\n| alarm | why |\n|---|---|\n| `One` | x |\n| `Two` | x |\n<!-- end of alarms -->\n| `Three` | x |\n"
        self.assertEqual(documents.marked_names(text, "alarms"), {"One", "Two"})
        self.assertEqual(documents.marked_names(text, "others"), set())

    def test_anchors(self):
        self.assertEqual(documents.anchors("# On AWS\ntext\n### A file's `name`, again\n"), {"on-aws", "a-files-name-again"})

    def test_images(self):
        images = documents.images(DOCKERFILE)
        self.assertEqual(list(images), ["producer"])
        self.assertEqual(images["producer"], documents.Image(
            ["/usr/local/bin/producer"], ["/usr/local/bin/producer", "healthcheck"], [9464], {"GLUESTREAM_ADMIN__LISTEN": "0.0.0.0:9464"}))

    def test_settings(self):
        found = documents.settings(VALIDATED)
        self.assertEqual(found["topic.config.max.message.bytes"], "2000000")
        self.assertEqual((found["topic.partitions"], found["registry.schema_name"]), (6, "by `registry.schema_naming`"))

    def test_durations(self):
        self.assertEqual([documents.seconds(text) for text in ("45s", "250ms", "1h30m", "1.5s")], [45, 0.25, 5400, 1.5])
        for text in ("45", "s", "4 s", ""):
            self.assertRaises(ValueError, documents.seconds, text)


class Topics(unittest.TestCase):
    """The topics that `topics ensure` makes."""

    def test_dead_letters_have_room(self):
        wanted = agreement.wanted_topics(documents.settings(VALIDATED))
        sizes = {"partitions": 6, "copies": 3}
        self.assertEqual(wanted, {
            "orders": {**sizes, "settings": {"max.message.bytes": "2000000"}},
            "letters": {**sizes, "settings": {"cleanup.policy": "delete", "max.message.bytes": "2065536"}}})

    def test_none_where_the_policy_has_no_use_for_them(self):
        self.assertEqual(list(agreement.wanted_topics(documents.settings(VALIDATED.replace('"topic"  # --set', '"stop"  # --set')))), ["orders"])


class Plans(unittest.TestCase):
    """A plan as Terraform shows it."""

    def test_tasks_have_the_policies_of_their_module(self):
        container = {"name": "a", "image": "registry/x/producer:1", "environment": [{"name": "K", "value": "v"}]}
        inside = [
            resource("module.a", "aws_ecs_task_definition", container_definitions=json.dumps([container])),
            *(resource("module.a", "aws_iam_role_policy", name=name, policy=json.dumps({"Statement": {"Sid": name}})) for name in ("task", "start"))]
        other = resource("module.b", "aws_iam_role_policy", name="task", policy=json.dumps({"Statement": []}))
        [task] = plan(child("module.a", *inside), child("module.b", other)).tasks
        self.assertEqual((task.name, task.image, task.environment), ("a", "producer", {"K": "v"}))
        self.assertEqual((task.statements, task.execution), ([{"Sid": "task"}], [{"Sid": "start"}]))

    def test_values_at_a_path(self):
        [found] = plan(child("module.a", resource("module.a", "aws_x", outer=[{"inner": {"names": ["a", "b"]}}, {"inner": None}, {}]))).resources
        self.assertEqual(found.at("outer.inner.names"), ["a", "b"])

    def test_what_is_unknown_is_no_json(self):
        [found] = plan(child("module.a", resource("module.a", "aws_x"))).resources
        self.assertRaises(ValueError, found.json, "policy")

    def test_changes(self):
        shown = {"planned_values": {"root_module": {}}, "resource_changes": [
            {"address": name, "change": {"actions": actions}} for name, actions in (("a", ["no-op"]), ("b", ["read"]), ("c", ["delete", "create"]))]}
        self.assertEqual(Plan(shown).changes, ["c"])


def resource(module, kind, **values):
    """A resource as a plan shows it."""
    return {"address": f"{module}.{kind}.this", "mode": "managed", "type": kind, "values": values}


def child(address, *resources):
    """A module as a plan shows it."""
    return {"address": address, "resources": list(resources)}


def plan(*children):
    """A plan of these modules."""
    return Plan({"planned_values": {"root_module": {"child_modules": list(children)}}})


if __name__ == "__main__":
    unittest.main()
