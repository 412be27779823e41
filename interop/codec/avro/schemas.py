"""Random Avro schemas: all types, logical types, references, recursion, namespaces, aliases, defaults, documentation."""

import json
import math

from avro import text
from avro.model import Field, full_name, nodes, parse
from avro.values import TooDeep, Values, least

LOGICAL = {
    "int": ["date", "time-millis"],
    "long": ["time-micros", "timestamp-millis", "timestamp-micros", "local-timestamp-millis", "local-timestamp-micros", "house-number"],
    "string": ["uuid"],
    "bytes": ["decimal"],
    "fixed": ["decimal", "duration"],
}
PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
NAMESPACES = ["a", "a.b", "com.example.Deep", "ring"]
WORDS = ["id", "name", "value2", "_x", "items", "type", "aB", "fields", "z9_"]
SYMBOLS = ["A", "B", "C", "_d", "E5", "null"]


def random_schema(rnd, tame=False):
    """The JSON of a schema. `tame` keeps to what the Python library takes: ASCII names, records on top, unions of null and one type."""
    draw = _Draw(rnd, tame)
    schema = draw.top()
    _add_defaults(rnd, schema)
    return schema


class _Draw:
    def __init__(self, rnd, tame):
        self.rnd, self.tame, self.count = rnd, tame, 0
        self.closed = []  # full names that can be referred to
        self.open = []  # records around the place

    def chance(self, probability):
        return self.rnd.random() < probability

    def top(self):
        if self.tame or self.chance(0.8):
            return self.record(0, None)
        kind = self.rnd.choice(["enum", "fixed", "array", "map", "union", "primitive"])
        return getattr(self, kind)(1, None)

    def type(self, depth, namespace):
        """Any type."""
        if self.chance(0.12) and (known := self.reference(self.closed, namespace)):
            return known
        if self.chance(0.15) and (around := self.reference(self.open, namespace)):
            return self.rnd.choice([["null", around], {"type": "array", "items": around}, {"type": "map", "values": around}])
        if depth > 3 or self.chance(0.5):
            return self.primitive(depth, namespace)
        kind = self.rnd.choice(["record", "enum", "fixed", "array", "array", "map", "union", "union"])
        return getattr(self, kind)(depth + 1, namespace)

    def reference(self, names, namespace):
        """A name that means the same type from inside this namespace; None if there is none."""
        fitting = [name for name in names if "." in name or not namespace]
        if not fitting:
            return None
        name = self.rnd.choice(fitting)
        space, _, simple = name.rpartition(".")
        return simple if space == (namespace or "") and self.chance(0.5) and simple not in PRIMITIVES else name

    def primitive(self, _depth, _namespace):
        kind = "null" if not self.tame and self.chance(0.04) else self.rnd.choice(PRIMITIVES[1:])
        if kind in LOGICAL and self.chance(0.35):
            logical = self.rnd.choice(LOGICAL[kind])
            extra = self.decimal(self.rnd.randint(1, 30)) if logical == "decimal" else {}
            return {"type": kind, "logicalType": logical, **extra}
        return self.rnd.choice([kind, kind, {"type": kind}, {"type": kind, "x-note": {"deep": [1, "two"]}}])

    def decimal(self, precision):
        return {"precision": precision, "scale": self.rnd.randint(0, precision)}

    def definition(self, kind, namespace):
        """The head of a named type, and its full name."""
        self.count += 1
        head, simple = {"type": kind}, f"{self.rnd.choice(['R', 'Typ', 'x_'])}{self.count}"
        form = self.rnd.choice(["plain", "plain", "dotted", "attribute"])
        if form == "dotted":
            simple = f"{self.rnd.choice(NAMESPACES)}.{simple}"
        head["name"] = simple
        if form == "attribute":
            head["namespace"] = self.rnd.choice(NAMESPACES)
        if self.chance(0.2):
            head["doc"] = self.rnd.choice(["", "a \"quoted\" word", "mehr Größe\n"])
        if self.chance(0.15):
            head["aliases"] = [f"Old{self.count}", f"gone.Old{self.count}"]
        return head, full_name(head, namespace)

    def record(self, depth, namespace):
        head, name = self.definition("record", namespace)
        inner = name.rpartition(".")[0] or None
        self.open.append(name)
        count = self.rnd.choice([0, 1, 2, 3, 3, 4, 6]) if depth else self.rnd.randint(1, 8)
        names = self.rnd.sample(WORDS if self.tame else [*WORDS, "Größe"], count)
        head["fields"] = [self.field(one, depth, inner) for one in names]
        self.open.pop()
        self.closed.append(name)
        return head

    def field(self, name, depth, namespace):
        field = {"name": name, "type": self.type(depth, namespace)}
        if self.chance(0.1):
            field["doc"] = "doc"
        if self.chance(0.1):
            field["order"] = self.rnd.choice(["ascending", "descending", "ignore"])
        if self.chance(0.1):
            field["aliases"] = [f"old_{name}"]
        return field

    def enum(self, _depth, namespace):
        head, name = self.definition("enum", namespace)
        head["symbols"] = self.rnd.sample(SYMBOLS if self.tame else [*SYMBOLS, "ÄH"], self.rnd.randint(1, 6))
        if self.chance(0.3):
            head["default"] = self.rnd.choice(head["symbols"])
        self.closed.append(name)
        return head

    def fixed(self, _depth, namespace):
        head, name = self.definition("fixed", namespace)
        head["size"] = self.rnd.choice([1, 4, 12, 16])
        logical = self.rnd.choice([None, None, *LOGICAL["fixed"]])
        if logical == "duration":
            head["size"] = 12
        if logical:
            most = int(math.log10(2) * (8 * head["size"] - 1))
            head["logicalType"] = logical
            head.update(self.decimal(self.rnd.randint(1, most)) if logical == "decimal" else {})
        self.closed.append(name)
        return head

    def array(self, depth, namespace):
        return {"type": "array", "items": self.type(depth, namespace)}

    def map(self, depth, namespace):
        return {"type": "map", "values": self.type(depth, namespace)}

    def union(self, depth, namespace):
        branches = []
        wanted = 2 if self.tame else self.rnd.randint(1, 5)
        if self.tame or self.chance(0.6):
            branches.append("null")
        while len(branches) < wanted:
            known = len(self.closed)
            made = self.type(depth, namespace)
            if isinstance(made, list) or self._tag(made, namespace) in [self._tag(one, namespace) for one in branches]:
                del self.closed[known:]  # what is thrown away defines nothing
            else:
                branches.append(made)
        if self.chance(0.3):
            # A definition stays before its references: only null moves.
            branches.sort(key=lambda one: one == "null")
        return branches

    def _tag(self, schema, namespace):
        if isinstance(schema, dict):
            return full_name(schema, namespace) if "name" in schema else schema["type"]
        return schema if schema in PRIMITIVES or "." in schema or not namespace else f"{namespace}.{schema}"


def _add_defaults(rnd, schema):
    """Gives some fields a default that is a value of their type, or of the first branch of their union."""
    for node in nodes(parse(schema)):
        for field in node.fields:
            if rnd.random() < 0.3:
                add_default(rnd, field)


def add_default(rnd, field: Field):
    """Gives a field a default; a type without a finite plain value gets none."""
    try:
        value = Values(rnd).of(field.node) if field.node.kind in PRIMITIVES else least(field.node)
    except TooDeep:
        return
    made = default_json(field.node, value)
    if "Infinity" not in json.dumps(made) and "NaN" not in json.dumps(made):
        field.json["default"] = made


def default_json(node, value):
    """A default as it stands in a schema: a union's is of its first branch, without a tag."""
    if node.kind == "union":
        return default_json(node.branches[0], value[1])
    if node.kind == "record":
        return {field.name: default_json(field.node, value[field.name]) for field in node.fields}
    return text.dump(node, value)
