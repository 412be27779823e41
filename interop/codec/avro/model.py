"""An Avro schema as a tree of nodes with all names resolved.

Values, in all of this package: None, bool, int, float, bytes (also fixed), str (also enum), dict (records and maps), list,
and for a union the pair (branch number, value).
"""

from dataclasses import dataclass, field

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
NAMED = ("record", "enum", "fixed")


class BadSchema(Exception):
    """The schema cannot be what it claims to be."""


@dataclass(eq=False)
class Field:
    """A record's field; `json` is its part of the schema text."""

    name: str
    node: "Node"
    json: dict


@dataclass(eq=False)
class Node:
    """A type. `json` is its part of the schema text; recursive types are cycles of nodes."""

    kind: str
    json: object
    name: str = None  # full name
    fields: list = field(default_factory=list)
    symbols: list = field(default_factory=list)
    size: int = 0
    items: "Node" = None  # of arrays and maps
    branches: list = field(default_factory=list)

    @property
    def logical(self):
        """The name of the logical type, if any."""
        return self.json.get("logicalType") if isinstance(self.json, dict) else None

    @property
    def tag(self):
        """What names the type in a union."""
        return self.name or self.kind


def full_name(json, namespace):
    """The full name that a definition declares."""
    name = json["name"]
    if "." in name:
        return name
    own = json.get("namespace", namespace)
    return f"{own}.{name}" if own else name


def parse(json):
    """The tree of a schema."""
    return _Parser().node(json, None)


class _Parser:
    def __init__(self):
        self.names = {}

    def node(self, json, namespace):
        if isinstance(json, str):
            return Node(json, json) if json in PRIMITIVES else self._reference(json, namespace)
        if isinstance(json, list):
            return self._union(json, namespace)
        kind = json["type"]
        if kind in NAMED:
            return self._named(json, namespace)
        if kind == "array":
            return Node("array", json, items=self.node(json["items"], namespace))
        if kind == "map":
            return Node("map", json, items=self.node(json["values"], namespace))
        if kind in PRIMITIVES:
            return Node(kind, json)
        raise BadSchema(f"no such type: {kind}")

    def _reference(self, name, namespace):
        full = name if "." in name or not namespace else f"{namespace}.{name}"
        if full not in self.names:
            raise BadSchema(f"undefined name: {full}")
        return self.names[full]

    def _union(self, json, namespace):
        branches = [self.node(branch, namespace) for branch in json]
        tags = [branch.tag for branch in branches]
        if len(set(tags)) != len(tags) or "union" in tags:
            raise BadSchema(f"not a union: {tags}")
        return Node("union", json, branches=branches)

    def _named(self, json, namespace):
        name = full_name(json, namespace)
        if name in self.names:
            raise BadSchema(f"defined twice: {name}")
        node = self.names[name] = Node(json["type"], json, name=name)
        if node.kind == "record":
            inner = name.rpartition(".")[0] or None
            node.fields = [Field(one["name"], self.node(one["type"], inner), one) for one in json["fields"]]
            if len({one.name for one in node.fields}) != len(node.fields):
                raise BadSchema(f"two fields of one name in {name}")
        elif node.kind == "enum":
            node.symbols = json["symbols"]
        else:
            node.size = json["size"]
        return node


def nodes(root):
    """Every node once."""
    seen, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        if any(node is known for known in seen):
            continue
        seen.append(node)
        waiting += [one.node for one in node.fields] + node.branches + ([node.items] if node.items else [])
    return seen
