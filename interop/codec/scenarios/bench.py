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
# The 40 fields of the record `wide` in common's benches.
FIELDS = {
    "string": "id customer_id status currency channel first_name last_name email phone country",
    "long": "created_at updated_at version sequence quantity weight height",
    "double": "price discount",
    "boolean": "paid",
    ("null", "string"): "note gift_message coupon referrer campaign device browser language",
    ("null", "long"): "shipped_at delivered_at cancelled_at refunded_at points tax shipping fee parent",
}
ADDRESS = {"type": "record", "name": "Address", "fields": [{"name": "street", "type": "string"}, {"name": "zip", "type": "long"}]}
WIDE = {"type": "record", "name": "Wide", "namespace": "bench", "fields": [
    *({"name": name, "type": kind if isinstance(kind, str) else list(kind)} for kind, names in FIELDS.items() for name in names.split()),
    {"name": "address", "type": ADDRESS}, {"name": "scores", "type": {"type": "array", "items": "double"}},
    {"name": "counts", "type": {"type": "map", "values": {"type": "map", "values": "long"}}}]}


def orders(rnd):
    """Orders as the producer makes them up."""
    return {"order_id": str(uuid.UUID(int=rnd.getrandbits(128))), "ordered_at": 1_681_307_133_000 + rnd.randrange(10**11), "user_id": f"u{rnd.randrange(100):02}",
            "order_items": [{"product_id": rnd.randrange(10_000), "quantity": rnd.randint(1, 10)} for _ in range(rnd.randint(1, 4))]}


def wides(rnd):
    """A record of 40 fields."""
    return {field["name"]: _wide(rnd, field["type"]) for field in WIDE["fields"]}


def _wide(rnd, kind):
    if isinstance(kind, list):
        return (0, None) if rnd.random() < 0.5 else (1, _wide(rnd, kind[1]))
    if isinstance(kind, str):
        return {"string": f"text {rnd.randrange(10**6)}", "long": rnd.randrange(2**40), "double": rnd.randrange(2**20) / 8, "boolean": rnd.random() < 0.5}[kind]
    if kind["type"] == "map":
        return {f"text {rnd.randrange(1000)}": _wide(rnd, kind["values"]) for _ in range(3)}
    if kind["type"] == "array":
        return [_wide(rnd, kind["items"]) for _ in range(4)]
    return {field["name"]: _wide(rnd, field["type"]) for field in kind["fields"]}


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
             "message Address { string street = 1; int64 zip = 2; }", "message Inner { map<string, int64> of = 1; }", f"message {record['name']} {{"]
    for number, field in enumerate(record["fields"], 1):
        kind = field["type"]
        label = "optional " if isinstance(kind, list) else ""
        kind = kind[1] if isinstance(kind, list) else kind
        if isinstance(kind, dict):
            label = "repeated " if kind["type"] == "array" else ""
            kind = kind["items"] if label else {"map": "map<string, Inner>", "long": "long"}.get(kind["type"], kind)
        lines.append(f"  {label}{kind['name'] if isinstance(kind, dict) else names.get(kind, kind)} {field['name']} = {number};")
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
    # -Xbatch compiles in the calling thread: on a busy machine the compiler's own threads would come too late for the measured runs.
    java = serde.start(stage.stub.endpoint, stages.REGISTRY, environment(stage.folder), stage.folder, flags=["-Xbatch"])
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
