"""One source of truth: what Terraform has of the daemons is what the binaries and the documents say."""

import json
import os
import re
import subprocess
from functools import cache

import documents
import permissions
from daemons import Failed
from stage import REPOSITORY

RULES = REPOSITORY / "observe" / "rules"
SCHEMAS = REPOSITORY / "schemas"
# What the topic of dead letters is given over its own settings: producer/src/topics/drift.rs.
LETTER_ROOM, KAFKA_MAX_BYTES = 65536, 1048588
# The schema that the producer carries, and the file of it.
SCHEMA = ("orders-value", "order.avsc")
PATTERN = re.compile(r'\$\.(\w+) = ("(?:[^"\\]|\\.)*")')
RUNBOOK = re.compile(r"docs/OPERATIONS\.md#([\w-]+)")
LISTEN = "GLUESTREAM_ADMIN__LISTEN"
OURS = "Gluestream"


def perform(stage):
    """Holds every variant to binaries and documents."""
    binaries = Binaries(stage.binaries)
    apps = [made for made in stage.plans if made.variant.root == "app"]
    found = [f"{made}: {finding}" for made in stage.plans for finding in findings(made, binaries)]
    found += list(coverage_findings([made.plan for made in apps]))
    if found:
        raise Failed("\n".join([f"{len(found)} findings", *dict.fromkeys(found)]))
    tasks = [task for made in apps for task in made.plan.tasks]
    pairs = {pair for task in tasks for pair in permissions.allowed(task.statements)}
    patterns = {counter.values["pattern"] for made in apps for counter in made.plan.of("aws_cloudwatch_log_metric_filter")}
    alarms = {alarm.values["alarm_name"] for made in apps for alarm in made.plan.of("aws_cloudwatch_metric_alarm")}
    return f"{len(tasks)} tasks with {len(pairs)} permissions, {len(patterns)} patterns of log lines, {len(alarms)} alarms, " \
        f"{len(binaries.answers)} answers of the binaries"


def findings(made, binaries):
    """What one variant says otherwise."""
    if made.variant.root == "platform":
        yield from schema_findings(made.plan)
        return
    for task in made.plan.tasks:
        yield from (f"{task.name}: {finding}" for finding in task_findings(task, made.published, binaries))
        if task.name == "ops-producer":
            yield from topic_findings(made, binaries.settings(task))
    yield from watch_findings(made.plan)


class Binaries:
    """The daemons' binaries, asked each question once."""

    def __init__(self, folder):
        self.folder, self.answers = folder, {}

    def ask(self, task, *arguments):
        """The exit code, stdout and stderr of a task's binary with the task's environment and that of its image."""
        environment = {"PATH": os.environ["PATH"], **dockerfile()[task.image].environment, **task.environment}
        key = (task.image, arguments, tuple(sorted(environment.items())))
        if key not in self.answers:
            done = subprocess.run([str(self.folder / task.image), *arguments], capture_output=True, text=True, env=environment, check=False)
            self.answers[key] = (done.returncode, done.stdout, done.stderr)
        return self.answers[key]

    def settings(self, task):
        """The configuration in force in a task."""
        return documents.settings(self.ask(task, "validate")[1])


@cache
def dockerfile():
    """The images of the Dockerfile."""
    return documents.images((REPOSITORY / "Dockerfile").read_text(encoding="utf-8"))


@cache
def document(name):
    """The text of a document."""
    return (REPOSITORY / "docs" / name).read_text(encoding="utf-8")


def task_findings(task, platform, binaries):
    """What is wrong with a task: its configuration, its command, its image, its time to end, its permissions."""
    for arguments in (["validate"], [*task.container.get("command", []), "--help"]):
        code, _, said = binaries.ask(task, *arguments)
        if code != 0:
            yield f"{task.image} {' '.join(arguments)} ends with {code}: {' '.join(said.split())}"
            return
    in_force = binaries.settings(task)
    yield from image_findings(task, in_force)
    grace = documents.seconds(in_force["shutdown.grace"])
    if task.container["stopTimeout"] <= grace:
        yield f"it is killed after {task.container['stopTimeout']} s, and may take {grace:g} s to end"
    binary, commands = permissions.COMMANDS[task.name]
    if binary != task.image:
        yield f"its image is {task.image}, not {binary}"
    lines = []
    for command in commands:
        code, printed, said = binaries.ask(task, "permissions", command)
        if code != 0:
            yield f"{binary} permissions {command} ends with {code}: {' '.join(said.split())}"
            return
        lines += printed.splitlines()
    yield from permissions.findings(task.statements, lines, platform)


def image_findings(task, in_force):
    """What a task has otherwise than the Dockerfile."""
    image = dockerfile()[task.image]
    port = int(in_force["admin.listen"].rpartition(":")[2])
    if not in_force["admin.listen"].startswith("0.0.0.0:"):
        yield f"the admin port listens at {in_force['admin.listen']}, where nobody outside the task reaches it"
    if image.ports != [port] or image.environment[LISTEN].rpartition(":")[2] != str(port):
        yield f"the admin port is {port}, and the image's is {image.ports}"
    if "entryPoint" in task.container:
        yield "it has another entry point than its image"
    if image.entrypoint != [f"/usr/local/bin/{task.image}"]:
        yield f"the entry point of its image is {image.entrypoint}"
    if "healthCheck" in task.container and task.container["healthCheck"]["command"] != ["CMD", *image.healthcheck]:
        yield f"its health check is {task.container['healthCheck']['command']}, and the image's is {image.healthcheck}"
    has_port = [mapping["containerPort"] for mapping in task.container["portMappings"]]
    if has_port != ([port] if "healthCheck" in task.container else []):
        yield f"its ports are {has_port}, and the admin port is {port}"


def schema_findings(plan):
    """What the registry has otherwise than the producer."""
    name, file = SCHEMA
    schemas = {schema.values["schema_name"]: schema.values for schema in plan.of("aws_glue_schema")}
    if name not in schemas:
        yield f"there is no schema {name}"
    elif schemas[name]["schema_definition"] != (SCHEMAS / file).read_text(encoding="utf-8"):
        yield f"the schema {name} is not schemas/{file}"


def topic_findings(made, in_force):
    """Topics of the platform that are not as `topics ensure` would make them."""
    has = {topic.values["name"]: {"partitions": topic.values["partition_count"], "copies": topic.values["replication_factor"], "settings": own_settings(topic)}
           for topic in made.platform.plan.of("aws_msk_topic")}
    for name, wanted in wanted_topics(in_force).items():
        if has.get(name) != wanted:
            yield f"the topic {name} is {has.get(name)}, and `topics ensure` makes {wanted}"


def own_settings(topic):
    """The settings that a topic is given; where there are none, AWS may give some."""
    return topic.json("configs") if (topic.values["configs"] or "").startswith("{") else {}


def wanted_topics(in_force):
    """The topics that `producer topics ensure` makes with a configuration."""
    sizes = {"partitions": in_force["topic.partitions"], "copies": in_force["topic.replication"]}
    own, letters = table(in_force, "topic.config."), table(in_force, "dead_letter.config.")
    wanted = {in_force["kafka.topic"]: {**sizes, "settings": own}}
    if in_force.get("dead_letter.policy", "topic") == "topic":
        room = str(int(own.get("max.message.bytes", KAFKA_MAX_BYTES)) + LETTER_ROOM)
        wanted[in_force["dead_letter.topic"]] = {**sizes, "settings": {"cleanup.policy": "delete", "max.message.bytes": room, **letters}}
    return wanted


def table(in_force, prefix):
    """The settings below a prefix."""
    return {key.removeprefix(prefix): value for key, value in in_force.items() if key.startswith(prefix)}


def watch_findings(plan):
    """What alarms, their patterns and the rules of Prometheus have otherwise than documents and `observe/`."""
    rows, groups = documents.events(document("LOGS.md")), {task.log_group: task.name for task in plan.tasks}
    metrics = set()
    for counter in plan.of("aws_cloudwatch_log_metric_filter"):
        said = [(name, json.loads(text)) for name, text in PATTERN.findall(counter.values["pattern"])]
        field = next((name for name, _ in said if name != "message"), None)
        for text in (text for name, text in said if name == "message"):
            yield from documents.pattern_findings(text, groups[counter.values["log_group_name"]], rows, field)
        metrics |= {(one["namespace"], one["name"]) for one in counter.values["metric_transformation"]}
    alarms = plan.of("aws_cloudwatch_metric_alarm")
    for alarm in alarms:
        place = (alarm.values["namespace"], alarm.values["metric_name"])
        if (place[0] or "").startswith(f"{OURS}/") and place not in metrics:
            yield f"nothing counts what {alarm.values['alarm_name']} looks at"
        for anchor in RUNBOOK.findall(alarm.values["alarm_description"]):
            if anchor not in documents.anchors(document("OPERATIONS.md")):
                yield f"{alarm.values['alarm_name']} leads to #{anchor}, which docs/OPERATIONS.md has not"
    names = {alarm.values["alarm_name"] for alarm in alarms}
    for service in plan.of("aws_ecs_service"):
        yield from (f"{service.values['name']} is rolled back by {name}, which is no alarm" for name in service.at("alarms.alarm_names") if name not in names)
    yield from rule_findings(plan)


def rule_findings(plan):
    """Rules of Prometheus that are not the files of `observe/`."""
    shipped = {file.stem: file.read_text(encoding="utf-8") for file in RULES.glob("*.yml")}
    has = {rules.values["name"]: rules.values["data"] for rules in plan.of("aws_prometheus_rule_group_namespace")}
    if plan.of("aws_prometheus_workspace") and has != shipped:
        yield f"the workspace has the rules {sorted(has)}, which are not those of observe/rules"


def coverage_findings(plans):
    """Alarms of docs/OPERATIONS.md that CloudWatch neither has nor is said not to have."""
    known = documents.marked_names(document("OPERATIONS.md"), "alarms")
    excused = documents.marked_names(document("DEPLOYMENT.md"), "alarms not in cloudwatch")
    alarms = [alarm.values["alarm_name"] for plan in plans for alarm in plan.of("aws_cloudwatch_metric_alarm")]
    planned = {part for name in alarms for part in name.split("-") if part.startswith(OURS)}
    yield from (f"{name} is no alarm in CloudWatch, and docs/DEPLOYMENT.md does not say so" for name in sorted(known - planned - excused))
    yield from (f"docs/DEPLOYMENT.md says that {name} is no alarm in CloudWatch, and it is one" for name in sorted(planned & excused))
    yield from (f"docs/DEPLOYMENT.md has an alarm {name} that docs/OPERATIONS.md has not" for name in sorted(excused - known))
    if not known:
        yield "docs/OPERATIONS.md has no alarms between its markers"
