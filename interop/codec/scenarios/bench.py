"""What the real Java serde costs: CPU time a record, for the records `order` and `wide` in all formats. Judges nothing."""

import json
import random
import uuid

import serde
import stage as stages
from avro import text
from avro.model import parse
from stub import environment

RECORDS = 256
STEPS = ["serialize", "serialize-zlib", "deserialize", "deserialize-zlib", "text-to-frame", "frame-to-text"]
ITEM = {"type": "record", "name": "OrderItem", "fields": [{"name": "product_id", "type": "long"}, {"name": "quantity", "type": "long"}]}
ORDER = {"type": "record", "name": "Order", "namespace": "bench", "fields": [
    {"name": "order_id", "type": "string"}, {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "user_id", "type": "string"}, {"name": "order_items", "type": {"type": "array", "items": ITEM}}]}
# 40 fields: 17 that may be null, 8 texts, 8 numbers, 4 flags, a map of maps, a nested record, an array.
KINDS = [*(["null", kind] for kind in ["string"] * 9 + ["long"] * 4 + ["double"] * 4), *["string"] * 8, *["long"] * 4, *["double"] * 4,
         *["boolean"] * 4, {"type": "map", "values": {"type": "map", "values": "long"}}, ITEM, {"type": "array", "items": "string"}]
WIDE = {"type": "record", "name": "Wide", "namespace": "bench",
        "fields": [{"name": f"f{number:02}", "type": kind} for number, kind in enumerate(KINDS)]}


def orders(rnd):
    """Orders as the producer makes them up."""
    return {"order_id": str(uuid.UUID(int=rnd.getrandbits(128))), "ordered_at": 1_681_307_133_000 + rnd.randrange(10**11), "user_id": f"u{rnd.randrange(100):02}",
            "order_items": [{"product_id": rnd.randrange(10_000), "quantity": rnd.randint(1, 10)} for _ in range(rnd.randint(1, 4))]}


def wides(rnd):
    """A record of 40 fields."""
    return {field["name"]: _wide(rnd, field["type"]) for field in WIDE["fields"]}


def _wide(rnd, kind):
    if isinstance(kind, list):
        return (0, None) if rnd.random() < 0.4 else (1, _wide(rnd, kind[1]))
    if kind == "string":
        return "".join(rnd.choice("abcdefghijklmnop ") for _ in range(rnd.randint(4, 24)))
    if kind in ("long", "double"):
        return rnd.randrange(10**12) if kind == "long" else round(rnd.uniform(-1e6, 1e6), 3)
    if kind == "boolean":
        return rnd.random() < 0.5
    if kind["type"] == "map":
        return {f"k{one}": {f"m{two}": rnd.randrange(1000) for two in range(2)} for one in range(3)}
    if kind["type"] == "array":
        return [_wide(rnd, "string") for _ in range(3)]
    return {"product_id": rnd.randrange(10_000), "quantity": rnd.randint(1, 10)}


def _plain(value):
    """Without the branch numbers of unions."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item != (0, None)}
    return value[1] if isinstance(value, tuple) else value


def _json_schema(kind):
    names = {"string": "string", "long": "integer", "double": "number", "boolean": "boolean"}
    if isinstance(kind, (str, list)):
        return {"type": names[kind if isinstance(kind, str) else kind[1]]}
    if kind["type"] == "record":
        return {"type": "object", "properties": {field["name"]: _json_schema(field["type"]) for field in kind["fields"]}, "additionalProperties": False,
                "required": [field["name"] for field in kind["fields"] if not isinstance(field["type"], list)]}
    if kind["type"] == "map":
        return {"type": "object", "additionalProperties": _json_schema(kind["values"])}
    return {"type": "array", "items": _json_schema(kind["items"])} if kind["type"] == "array" else _json_schema(kind["type"])


def _proto(record):
    names = {"string": "string", "long": "int64", "double": "double", "boolean": "bool"}
    lines = ['syntax = "proto3";', "package bench;", "message OrderItem { int64 product_id = 1; int64 quantity = 2; }",
             "message Inner { map<string, int64> of = 1; }", f"message {record['name']} {{"]
    for number, field in enumerate(record["fields"], 1):
        kind = field["type"]
        label = "optional " if isinstance(kind, list) else ""
        kind = kind[1] if isinstance(kind, list) else kind
        if isinstance(kind, dict):
            label = "repeated " if kind["type"] == "array" else ""
            kind = {"array": kind.get("items"), "map": "map<string, Inner>", "record": ITEM, "long": "long"}[kind["type"]]
        lines.append(f"  {label}{'OrderItem' if kind == ITEM else names.get(kind, kind)} {field['name']} = {number};")
    return "\n".join([*lines, "}"])


def _messages(record, value):
    """proto3 JSON: a map's values are messages there."""
    made = dict(value)
    for field in record["fields"]:
        if isinstance(field["type"], dict) and field["type"]["type"] == "map":
            made[field["name"]] = {key: {"of": item} for key, item in value[field["name"]].items()}
    return made


def bench(stage):
    """Prints a line for each record and format, in nanoseconds a record."""
    java = serde.start(stage.stub.endpoint, stages.REGISTRY, environment(stage.folder), stage.folder)
    print("      CPU ns a record, Java serde 1.1.27: " + ", ".join(STEPS))
    try:
        for record, draw in ((ORDER, orders), (WIDE, wides)):
            rnd = random.Random(stage.seed)
            values = [draw(rnd) for _ in range(RECORDS)]
            node = parse(record)
            plain = [_plain(value) for value in values]
            forms = {
                "AVRO": (json.dumps(record), "", [text.dump(node, value) for value in values]),
                "JSON": (json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **_json_schema(record)}), "", plain),
                "PROTOBUF": (_proto(record), f"bench.{record['name']}", [_messages(record, value) for value in plain]),
            }
            for format_, (schema, message, rows) in forms.items():
                _measure(java, record["name"].lower(), format_, schema, message, rows)
    finally:
        java.close()
    return "measured, not judged"


def _measure(java, name, format_, schema, message, rows):
    told = java.try_to(op="bench", format=format_, schema=schema, message=message, name=f"bench-{name}-{format_}".lower(),
                       values=[json.dumps(row) for row in rows])
    result = told.get("error") or "  ".join(f"{told[step]:>8,}" for step in STEPS)
    print(f"      {name:5}  {format_:8}  {result}", flush=True)
