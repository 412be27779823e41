"""A plan as `terraform show -json` prints it, read: resources with their values, tasks, policies. Pure."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Resource:
    """One resource as it will be; `module` is the address of what it is in."""

    address: str
    module: str
    type: str
    values: dict

    def json(self, name):
        """An argument that is a text of JSON; fails if it is not known before an apply."""
        text = self.values.get(name)
        if not isinstance(text, str):
            raise ValueError(f"{self.address}: {name} is not known")
        return json.loads(text)

    def at(self, path):
        """All values at a path such as `source.vpc.subnet_ids`, through blocks and lists; nothing of those that are not set."""
        found = [self.values]
        for name in path.split("."):
            found = [item for value in found for item in as_list(value.get(name)) if item is not None]
        return found


@dataclass(frozen=True)
class Task:
    """A task definition: its one container, and what its two roles may do."""

    definition: Resource
    container: dict
    statements: list
    execution: list

    @property
    def name(self):
        """The container's name, which is also the task's."""
        return self.container["name"]

    @property
    def image(self):
        """The image's name without registry and tag."""
        return self.container["image"].rpartition("/")[2].partition(":")[0]

    @property
    def environment(self):
        """The variables that the container has."""
        return {variable["name"]: variable["value"] for variable in self.container["environment"]}

    @property
    def log_group(self):
        """Where its log goes."""
        return self.container["logConfiguration"]["options"]["awslogs-group"]


class Plan:
    """What a plan will have made."""

    def __init__(self, shown):
        self.shown = shown
        planned = shown["planned_values"]
        self.resources = list(_resources(planned["root_module"]))
        self.outputs = {name: output.get("value") for name, output in planned.get("outputs", {}).items()}

    def of(self, *types):
        """The resources of these types."""
        return [resource for resource in self.resources if resource.type in types]

    @property
    def changes(self):
        """Addresses of what an apply would change."""
        return [change["address"] for change in self.shown.get("resource_changes", []) if change["change"]["actions"] not in (["no-op"], ["read"])]

    @property
    def tasks(self):
        """The task definitions, each with its policies, which stand in the same module."""
        return [self._task(definition) for definition in self.of("aws_ecs_task_definition")]

    def _task(self, definition):
        [container] = definition.json("container_definitions")
        policies = {policy.values["name"]: statements(policy.json("policy")) for policy in self.of("aws_iam_role_policy") if policy.module == definition.module}
        return Task(definition, container, policies["task"], policies["start"])


def statements(document):
    """The statements of a policy."""
    return as_list(document["Statement"])


def as_list(value):
    """A value that may stand for a list of one."""
    return value if isinstance(value, list) else [value]


def _resources(module):
    for resource in module.get("resources", []):
        if resource["mode"] == "managed":
            yield Resource(resource["address"], module.get("address", ""), resource["type"], resource["values"])
    for child in module.get("child_modules", []):
        yield from _resources(child)
