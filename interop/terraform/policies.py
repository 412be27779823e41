"""What plans say to IAM and to AWS's API, beside what AWS publishes of both: actions, ARNs, condition keys, container definitions, values."""

import re
from functools import cache
from itertools import product

from arguments import LEGAL, UNMODELLED, sizes_findings
from daemons import Failed
from plan import as_list, statements
from stage import HERE

MODELS = HERE / "packaged" / "models.py"
# The arguments that are policies, by the types of their resources.
POLICIES = {
    "aws_iam_policy": "policy", "aws_iam_role": "assume_role_policy", "aws_iam_role_policy": "policy", "aws_kms_key": "policy",
    "aws_s3_bucket_policy": "policy", "aws_sns_topic_policy": "policy", "aws_vpc_endpoint": "policy",
}
# What passes an endpoint is what its policy says, whoever asks; and not every endpoint has one.
ENDPOINT = "aws_vpc_endpoint"
KEY = "aws_kms_key"
# Actions that are allowed on `*` though they take ARNs, each with its reason.
EVERYWHERE = {
    "glue:GetSchemaVersion": "a version is asked for by its id, which is in no ARN",
    "glue:PutSchemaVersionMetadata": "it goes by the version's id as well",
    "ssm:UpdateInstanceInformation": "the machine's own id is not known before there is one",
}
# Wildcards among actions, by the type of the policy's resource.
WILDCARDS = {
    ("aws_kms_key", "kms:*"): "the account itself: without it nobody could change the key again",
}
# Actions that AWS names beside one, and that it does without, each with its reason. That a reader in a group has it, `agreement` sees.
APART = {
    ("kafka-cluster:ReadData", "kafka-cluster:AlterGroup"): "whoever reads in no group asks for no right on one",
}
SECTIONS = 6  # of an ARN
ANY, ONE = "*", "?"


def perform(stage):
    """Everything that the plans of all variants have; each exception has to be needed by one."""
    asked = question(stage.plans)
    answer = asked.put(stage)
    found = [f"{made}: {finding}" for made in stage.plans for finding in findings(made.plan, answer)]
    found += [f"nothing needs the exception of {name}" for name in sorted({*EVERYWHERE, *(name for _, name in WILDCARDS), *map(" without ".join, APART)}) if name not in answer.excused]
    if found:
        raise Failed("\n".join([f"{len(found)} findings", *sorted(set(found))]))
    count = sum(len(documents(made.plan)) for made in stage.plans)
    return f"{count} policies with {len(answer.actions)} actions, {len(asked.requests)} task definitions, {answer.values} values of {len(LEGAL)} arguments"


class Question:
    """What is asked about plans, all at once."""

    def __init__(self):
        self.actions, self.requests = set(), []

    def add(self, plan):
        """What one plan has to be asked about."""
        self.actions |= {action for _, document in documents(plan) for statement in statements(document) for action in as_list(statement["Action"])}
        self.requests += [request(definition) for definition in plan.of("aws_ecs_task_definition")]

    def is_answered_by(self, answer):
        """Whether an earlier answer has all of it."""
        return self.actions <= answer.actions.keys() and all(one in [asked for asked, _ in answer.requests] for one in self.requests)

    def put(self, stage):
        """Asks."""
        requests = [["ecs", "RegisterTaskDefinition", one] for one in self.requests]
        asked = {"actions": sorted(self.actions), "shapes": sorted(set(LEGAL.values())), "requests": requests}
        return Answer(stage.packaged(MODELS, said=asked), self.requests)


def question(variants):
    """What is asked about the plans of these variants."""
    asked = Question()
    for made in variants:
        asked.add(made.plan)
    return asked


class Answer:
    """What AWS publishes of what was asked. `excused` are the exceptions that were needed, and `values` counts the arguments that were looked at."""

    def __init__(self, said, requests):
        self.actions, self.shapes = said["actions"], said["shapes"]
        self.requests = list(zip(requests, said["requests"]))
        self.excused, self.values = set(), 0


def findings(plan, answer):
    """What is wrong with one plan, a text each."""
    for resource, document in documents(plan):
        for finding in policy_findings(resource.type, document, answer):
            yield f"{resource.address}: {finding}"
    for definition in plan.of("aws_ecs_task_definition"):
        for finding in next(said for asked, said in answer.requests if asked == request(definition)):
            yield f"{definition.address}: {finding}"
    yield from sizes_findings(plan)
    for (kind, path), place in LEGAL.items():
        for resource in plan.of(kind):
            for value in resource.at(path):
                answer.values += 1
                if told := misfit(value, answer.shapes[".".join(place)]):
                    yield f"{resource.address}: {path} is {value!r}, and {told}"
    for (kind, path), values in UNMODELLED.items():
        for resource in plan.of(kind):
            yield from (f"{resource.address}: {path} is {value!r}, and may be {', '.join(values)}" for value in resource.at(path) if value not in values)


def documents(plan):
    """The policies of a plan, each with its resource."""
    return [(resource, resource.json(POLICIES[resource.type])) for resource in plan.of(*POLICIES) if resource.type != ENDPOINT or has_policy(resource)]


def has_policy(endpoint):
    """Whether an endpoint was given a policy; otherwise AWS has one for it."""
    return (endpoint.values.get(POLICIES[ENDPOINT]) or "").startswith("{")


def request(definition):
    """A task definition as ECS is asked for it."""
    values = definition.values
    [platform] = values["runtime_platform"]
    return {
        "family": values["family"], "taskRoleArn": "arn", "executionRoleArn": "arn", "networkMode": values["network_mode"],
        "containerDefinitions": definition.json("container_definitions"), "requiresCompatibilities": values["requires_compatibilities"],
        "cpu": values["cpu"], "memory": values["memory"],
        "runtimePlatform": {"cpuArchitecture": platform["cpu_architecture"], "operatingSystemFamily": platform["operating_system_family"]},
    }


def misfit(value, shape):
    """Why a value is not one of the shape; None if it is."""
    if shape["enum"]:
        return None if value in shape["enum"] else f"may be {', '.join(shape['enum'])}"
    size = value if isinstance(value, (int, float)) else len(value)
    if not shape.get("min", size) <= size <= shape.get("max", size):
        return f"has to be between {shape.get('min')} and {shape.get('max')}"
    pattern = shape.get("pattern")
    return f"has to fit {pattern}" if pattern and not re.fullmatch(pattern, value, re.DOTALL) else None


def policy_findings(kind, document, answer):
    """What is wrong with one policy of a resource of this type."""
    allowed = set()
    for statement in statements(document):
        yield from statement_findings(kind, statement, answer)
        if statement["Effect"] == "Allow":
            allowed |= set(product(as_list(statement["Action"]), as_list(statement.get("Resource", []))))
    if kind == "aws_iam_role_policy":
        yield from gaps(allowed, answer)


def statement_findings(kind, statement, answer):
    """What is wrong with one statement."""
    denies = statement["Effect"] == "Deny"
    if statement["Effect"] not in ("Allow", "Deny"):
        yield f"there is no effect {statement['Effect']}"
    if not denies and kind != ENDPOINT and "*" in principals(statement):
        yield "everybody is allowed"
    for action in as_list(statement["Action"]):
        if "*" in action:
            if not denies and (kind, action) not in WILDCARDS:
                yield f"{action} is a wildcard"
            answer.excused.add(action)
            continue
        known = answer.actions[action]
        if known is None:
            yield f"there is no action {action}"
            continue
        yield from (f"{action} has no condition key {key}" for key in condition_keys(statement) if not is_key(key, known["conditions"]))
        for arn in as_list(statement.get("Resource", [])):
            yield from resource_findings(kind, action, arn, known, answer)


def resource_findings(kind, action, arn, known, answer):
    """What is wrong with an action on a resource."""
    if arn != "*":
        if not any(may_be(arn, pattern) for pattern in known["types"].values()):
            yield f"{action} is not for {arn}: it takes {', '.join(known['types']) or 'no resource'}"
    elif known["types"] and kind != KEY:  # in a key's own policy it is the key
        answer.excused.add(action)
        if action not in EVERYWHERE:
            yield f"{action} is allowed on *, and takes {', '.join(known['types'])}"


def gaps(allowed, answer):
    """What is missing in what a role is allowed: a type of resource that an action needs, or an action beside it, of the same service."""
    names = {action for action, _ in allowed}
    for action in sorted(names):
        known = answer.actions.get(action)
        if known is None:
            continue
        arns = [arn for name, arn in allowed if name == action]
        for kind in known["needed"]:
            if "*" not in arns and not any(may_be(arn, known["types"][kind]) for arn in arns):
                yield f"{action} needs a {kind} as well"
        service = action.partition(":")[0]
        for other in known["beside"]:
            if not other.startswith(f"{service}:") or other in names:
                continue
            if (action, other) not in APART:
                yield f"{action} needs {other} beside it"
            answer.excused.add(f"{action} without {other}")


def principals(statement):
    """Who a statement is about."""
    said = statement.get("Principal", {})
    return [said] if isinstance(said, str) else [one for some in said.values() for one in as_list(some)]


def condition_keys(statement):
    """The keys that a statement's conditions look at."""
    return [key for test in statement.get("Condition", {}).values() for key in test]


def is_key(key, known):
    """Whether a condition key is one of all services, or one of these."""
    return key.startswith("aws:") or any(fits(key, glob(pattern)) for pattern in known)


def may_be(arn, pattern):
    """Whether an ARN, which may have wildcards, can be of the reference's pattern."""
    given, wanted = arn.split(":", SECTIONS - 1), glob(pattern).split(":", SECTIONS - 1)
    return len(given) == len(wanted) and all(map(fits, given, wanted))


def glob(pattern):
    """A pattern of the reference, in which a name, of one sign at least, stands for each `${…}`."""
    return re.sub(r"\$\{[^}]+\}", ONE + ANY, pattern)


def fits(given, wanted):
    """Whether there is a text that is both, where `*` stands for any text and `?` for any sign."""
    @cache
    def from_here(row, column):
        one, other = given[row:row + 1], wanted[column:column + 1]
        if one == ANY:
            return from_here(row + 1, column) or bool(other) and from_here(row, column + 1)
        if other == ANY:
            return from_here(row, column + 1) or bool(one) and from_here(row + 1, column)
        if not one or not other:
            return one == other
        return (one == other or ONE in (one, other)) and from_here(row + 1, column + 1)
    return from_here(0, 0)
