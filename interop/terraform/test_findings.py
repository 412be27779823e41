"""Policies, values and skips, by themselves. Run by `python3 -m unittest discover -s interop/terraform`; needs neither Terraform nor PyPI."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "offline"), str(HERE.parent / "shared")]

import arguments  # noqa: E402
import policies  # noqa: E402
import security  # noqa: E402
from plan import Plan  # noqa: E402

TOPIC = "arn:${Partition}:kafka:${Region}:${Account}:topic/${ClusterName}/${ClusterUuid}/${TopicName}"
CLUSTER = "arn:${Partition}:kafka:${Region}:${Account}:cluster/${ClusterName}/${ClusterUuid}"
REGISTRY = "arn:${Partition}:glue:${Region}:${Account}:registry/${Name}"
OURS = "arn:aws:kafka:eu-central-1:000000000000"
ACTIONS = {
    "kafka-cluster:Connect": {"types": {"cluster": CLUSTER}, "needed": ["cluster"], "conditions": [], "beside": []},
    "kafka-cluster:WriteData": {
        "types": {"topic": TOPIC}, "needed": ["topic"], "conditions": ["kafka:${Name}"], "beside": ["kafka-cluster:Connect", "iam:PassRole"]},
    "glue:GetSchemaVersion": {"types": {"registry": REGISTRY}, "needed": [], "conditions": [], "beside": []},
    "ecr:GetAuthorizationToken": {"types": {}, "needed": [], "conditions": [], "beside": []},
    "kafka-cluster:Write": None,
}


def said(*statements, kind="aws_iam_role_policy"):
    """What is wrong with a policy of these statements, each without its effect: they allow."""
    answer = policies.Answer({"actions": ACTIONS, "shapes": {}, "requests": []}, [])
    return list(policies.policy_findings(kind, {"Statement": [{"Effect": "Allow", **statement} for statement in statements]}, answer))


class Policies(unittest.TestCase):
    """Statements beside what actions take."""

    CONNECT = {"Action": ["kafka-cluster:Connect"], "Resource": f"{OURS}:cluster/well/1"}
    WRITE = {"Action": "kafka-cluster:WriteData", "Resource": [f"{OURS}:topic/well/1/orders"]}

    def test_nothing_is_wrong(self):
        self.assertEqual(said(self.CONNECT, self.WRITE, {"Action": ["ecr:GetAuthorizationToken", "glue:GetSchemaVersion"], "Resource": "*"}), [])

    def test_what_is_wrong(self):
        for statement, expected in (
                ({"Action": "kafka-cluster:Write", "Resource": "*"}, "there is no action"),
                ({"Action": "kafka-cluster:*", "Resource": "*"}, "is a wildcard"),
                ({"Action": "kafka-cluster:Connect", "Resource": "*"}, "is allowed on *"),
                ({"Action": "kafka-cluster:Connect", "Resource": f"{OURS}:topic/well/1/orders"}, "is not for"),
                ({"Action": "ecr:GetAuthorizationToken", "Resource": f"{OURS}:cluster/well/1"}, "it takes no resource"),
                ({**self.CONNECT, "Condition": {"StringEquals": {"kafka:other": "x"}}}, "has no condition key kafka:other"),
                ({**self.CONNECT, "Principal": "*"}, "everybody"), ({**self.CONNECT, "Principal": {"AWS": ["*"]}}, "everybody"),
                ({**self.CONNECT, "Effect": "Alow"}, "no effect")):
            self.assertIn(expected, said(statement)[0])

    def test_gaps(self):
        self.assertEqual(said(self.WRITE), ["kafka-cluster:WriteData needs kafka-cluster:Connect beside it"])

    def test_conditions_of_all_services_and_of_the_action(self):
        self.assertEqual(said(self.CONNECT, {**self.WRITE, "Condition": {"StringEquals": {"aws:SourceAccount": "0", "kafka:x": "y"}}}), [])

    def test_what_a_policy_of_another_kind_may(self):
        self.assertEqual(said({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*"}, kind="aws_s3_bucket_policy"), [])
        self.assertEqual(said({"Action": "kms:*", "Resource": "*"}, kind="aws_kms_key"), [])
        self.assertEqual(said({**self.WRITE, "Principal": "*"}, kind="aws_vpc_endpoint"), [])

    def test_arns_and_patterns(self):
        for arn, pattern, is_one in (
                (f"{OURS}:topic/well/1/orders", TOPIC, True), (f"{OURS}:topic/well/orders", TOPIC, False), (f"{OURS}:topic/well/1/", TOPIC, False),
                (f"{OURS}:topic/well/*", TOPIC, True), (f"{OURS}:*", TOPIC, True), (f"{OURS}:group/*", TOPIC, False),
                ("arn:aws:logs:eu-central-1:0:log-group:/a:*", "arn:${P}:logs:${R}:${A}:log-group:${G}:log-stream:${S}", True),
                ("arn:aws:s3:::logs", "arn:${P}:s3:::${B}", True), ("arn:aws:s3:::logs", "arn:${P}:s3:::${B}/${O}", False), ("topic", TOPIC, False)):
            self.assertEqual(policies.may_be(arn, pattern), is_one, (arn, pattern))

    def test_texts_that_are_both(self):
        for one, other, is_one in (
                ("a*c", "abc", True), ("a*c", "*b*", True), ("a?c", "abc", True), ("a*", "b*", False), ("", "*", True), ("", "?", False), ("a", "", False)):
            self.assertEqual((policies.fits(one, other), policies.fits(other, one)), (is_one, is_one), (one, other))


class Values(unittest.TestCase):
    """Values beside shapes."""

    def test_misfits(self):
        one_of = {"enum": ["A", "B"]}
        self.assertIsNone(policies.misfit("A", one_of))
        self.assertIn("may be A, B", policies.misfit("C", one_of))
        self.assertIsNone(policies.misfit(10, {"enum": [], "min": 1, "max": 10}))
        self.assertIn("between", policies.misfit(11, {"enum": [], "min": 1, "max": 10}))
        self.assertIn("between", policies.misfit("", {"enum": [], "min": 1}))
        self.assertIn("has to fit", policies.misfit("a b", {"enum": [], "pattern": "[a-z]+"}))

    def test_sizes(self):
        def findings(cpu, memory):
            task = {"address": "a", "mode": "managed", "type": "aws_ecs_task_definition", "values": {"cpu": str(cpu), "memory": str(memory)}}
            return list(arguments.sizes_findings(Plan({"planned_values": {"root_module": {"resources": [task]}}})))
        for cpu, memory in ((256, 512), (256, 2048), (1024, 3072), (4096, 30720)):
            self.assertEqual(findings(cpu, memory), [])
        for cpu, memory in ((256, 1536), (256, 4096), (512, 1536), (300, 512)):
            self.assertEqual(len(findings(cpu, memory)), 1)


class Skips(unittest.TestCase):
    """What checkov is not to look at."""

    def skips(self, code, everywhere=""):
        """The skips of a module with this code."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "modules" / "a").mkdir(parents=True)
        (folder / "modules" / "a" / "main.tf").write_text(code, encoding="utf-8")
        (folder / ".checkov.yaml").write_text(f"skip-check:\n{everywhere}", encoding="utf-8")
        return security.Skips(folder)

    def test_in_its_place_and_everywhere(self):
        skips = self.skips('resource "aws_x" "this" {\n  #checkov:skip=CKV_1:it is so\n}\n', "  - CKV_2 # always\n")
        self.assertTrue(skips.covers("CKV_1", ("modules/a", "aws_x.this")))
        self.assertFalse(skips.covers("CKV_1", ("modules/b", "aws_x.this")))
        self.assertTrue(skips.covers("CKV_2", ("modules/b", "aws_x.this")))
        self.assertEqual(list(skips.findings()), [])

    def test_without_a_reason_or_a_need(self):
        found = list(self.skips('resource "aws_x" "this" {\n  #checkov:skip=CKV_1\n}\n', "  - CKV_2\n").findings())
        self.assertEqual([finding.partition(" of ")[0] for finding in found], ["the skip", "nothing needs the skip", "the skip", "nothing needs the skip"])

    def test_places_of_planned_resources(self):
        inner = {"module_calls": {"task": {"source": "../ecs-task", "module": {}}}}
        root = {"module_calls": {"ops_access": {"source": "../modules/ops-access", "module": inner}}}
        self.assertEqual(security.place("app", root, 'module.ops_access[0].module.task["a.b"].aws_x.this["c"]'), ("modules/ecs-task", "aws_x.this"))
        self.assertEqual(security.place("app", root, "aws_x.this"), ("app", "aws_x.this"))


if __name__ == "__main__":
    unittest.main()
