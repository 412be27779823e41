"""Schemas with records in the forms that each side takes, and what equality means for each data format."""

import json
import random

import json_schema
from avro import binary, model, schemas, text, values
from protobuf import model as protobuf
from protobuf import schemas as messages


class Case:
    """One schema and its records. `name` becomes the schema's in the registry, with the name of who registers it.

    Equal values have equal forms: form() makes that of a record, from_...() that of what a library or command answered.
    """

    format = flag = message = None

    def __init__(self, name, schema, records):
        self.name, self.schema, self.records = name, schema, records
        self.wanted = {id(record): self.form(record) for record in records}

    def beyond_java(self, _java):
        """Whether the Java library has a defect that keeps it from reading the schema's data at all."""
        return False

    def is_equal(self, record, form):
        """Whether one of the case's records has this form."""
        return self.wanted[id(record)] == form

    def halves(self):
        """The records by compression: the first half none, the second zlib."""
        middle = len(self.records) // 2
        return ("NONE", self.records[:middle]), ("ZLIB", self.records[middle:])


# Java Avro 1.11.4: a default that names a record which is still being parsed, and a hole in its grammar for records that are
# recursive through each other.
JAVA_DEFECTS = ("Schema fields not set yet", 'Cannot read field "kind" because "top" is null')


def java_defect(answer):
    """Whether an answer, or any part of it, is one of Java Avro's own defects."""
    errors = [one["error"] for one in (answer, *answer.get("values", [])) if isinstance(one, dict) and "error" in one]
    return any(defect in error for error in errors for defect in JAVA_DEFECTS)


class Avro(Case):
    """Records are values of the schema's tree."""

    format, flag = "AVRO", "avro"

    def __init__(self, name, schema, records):
        self.node = model.parse(schema)
        super().__init__(name, json.dumps(schema, ensure_ascii=False), records)

    @classmethod
    def random(cls, seed, number, count, tame=False):
        """Case `number` of a run."""
        rnd = random.Random(f"{seed} avro {number}")
        schema = schemas.random_schema(rnd, tame)
        node = model.parse(schema)
        draw = values.Values(rnd, tame)
        return cls(f"avro-{number}", schema, [draw.of(node) for _ in range(count)])

    def beyond_java(self, java):
        """Whether Java cannot read what it has written itself."""
        values = [self.for_java(record) for record in self.records]
        return java_defect(java.try_to(op="resolve", writer=self.schema, reader=self.schema, values=values))

    def for_java(self, record):
        """Binary in hex."""
        return binary.encode(self.node, record).hex()

    def line(self, record):
        """Avro's own JSON encoding."""
        return json.dumps(text.dump(self.node, record), ensure_ascii=False)

    for_python = line

    def form(self, record):
        """What equal records have in common."""
        return binary.encode(self.node, record, ordered=True)

    def from_java(self, answer):
        """The form of what Java read."""
        return self.form(binary.decode(self.node, bytes.fromhex(answer)))

    def from_line(self, answer):
        """The form of JSON text."""
        return self.form(text.load(self.node, json.loads(answer)))

    from_python = from_line

    def same_payload(self, record, java, ours):
        """Byte for byte, except that Java's maps have no order."""
        if java == ours:
            return True
        both = [self.form(binary.decode(self.node, payload)) for payload in (java, ours)]
        return has_wide_map(record, self.node) and both[0] == both[1]


def has_wide_map(value, node):
    """Whether a map of several entries is somewhere in a value."""
    if node.kind == "union":
        return has_wide_map(value[1], node.branches[value[0]])
    if node.kind == "record":
        return any(has_wide_map(value[field.name], field.node) for field in node.fields)
    if node.kind == "map":
        return len(value) > 1 or any(has_wide_map(item, node.items) for item in value.values())
    return node.kind == "array" and any(has_wide_map(item, node.items) for item in value)


class Json(Case):
    """Records are JSON texts."""

    format, flag = "JSON", "json"

    @classmethod
    def random(cls, seed, number, count, tame=False):
        """Case `number` of a run."""
        rnd = random.Random(f"{seed} json {number}")
        schema, draw = json_schema.random_schema(rnd, tame)
        made = cls(f"json-{number}", json_schema.dump(schema), [json_schema.dump(draw(), rnd) for _ in range(count)])
        made.doubtful = [json_schema.dump(json_schema.spoiled(rnd, draw())) for _ in range(count // 3)]
        return made

    def for_java(self, record):
        """As it is."""
        return record

    line = for_python = for_java

    def form(self, record):
        """What equal records have in common."""
        return json_schema.by_value(record)

    from_java = from_line = from_python = form

    def same_payload(self, _record, java, ours):
        """Byte for byte, except that Java writes numbers in its own way."""
        java, ours = java.decode(), ours.decode()
        if json_schema.by_text(java) == json_schema.by_text(ours):
            return java == ours
        return json_schema.by_value(java) == json_schema.by_value(ours)


class Protobuf(Case):
    """Records are messages as proto3 JSON."""

    format, flag = "PROTOBUF", "protobuf"

    def __init__(self, name, file, type_, records):
        self.proto3, self.type, self.message = file.proto3, type_, type_.name
        super().__init__(name, protobuf.source(file), records)

    @classmethod
    def random(cls, seed, number, count):
        """Case `number` of a run."""
        rnd = random.Random(f"{seed} protobuf {number}")
        file = messages.random_file(rnd)
        every = protobuf.all_messages(file.messages)
        type_ = rnd.choice([one for one in every if one.fields] or every)
        return cls(f"protobuf-{number}", file, type_, [messages.random_value(rnd, type_) for _ in range(count)])

    def for_java(self, record):
        """proto3 JSON."""
        return json.dumps(record, ensure_ascii=False)

    line = for_java

    def form(self, record):
        """What equal records have in common."""
        return protobuf.canonical(self.type, record, self.proto3)

    def from_java(self, answer):
        """The form of what Java read, which must be of the right type."""
        name, _, record = answer.partition(" ")
        if name != self.message:
            raise protobuf.BadJson(f"a {name} instead of a {self.message}")
        return self.form(json.loads(record))

    def from_line(self, answer):
        """The form of JSON text."""
        return self.form(json.loads(answer))

    def same_payload(self, record, java, ours):
        """Byte for byte, except that maps have no order."""
        unordered = any(part in repr(self.form(record)) for part in ("'map', [(", "'known'"))
        return java == ours or unordered and sorted(java) == sorted(ours)
