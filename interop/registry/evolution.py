"""A schema of each format in three versions: the first, one that fits it under BACKWARD, and one that does not."""

import json
from typing import NamedTuple


class Version(NamedTuple):
    """A definition, a value as Java's program takes it, and one as the Python library's does."""

    definition: str
    java: str
    python: str = ""


class Evolution(NamedTuple):
    """What a producer goes through in its life. `message` is Protobuf's."""

    format: str
    first: Version
    second: Version
    refused: Version
    message: str = ""


def _record(*fields):
    members = [{"name": "order_id", "type": "string"}, *fields]
    return json.dumps({"type": "record", "name": "Order", "namespace": "shop", "fields": members})


def _object(required=("order_id",), **properties):
    return json.dumps({
        "$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "additionalProperties": False,
        "properties": {"order_id": {"type": "string"}, **properties}, "required": list(required)})


def _message(*fields):
    return 'syntax = "proto3";\npackage shop;\nmessage Order {\n' + "".join(f"  {field};\n" for field in fields) + "}\n"


# Avro values are binary in hex for Java: "o-1" is a length of three, doubled, and its bytes.
AVRO = Evolution(
    "AVRO",
    Version(_record(), "066f2d31", '{"order_id": "o-1"}'),
    Version(_record({"name": "is_prime", "type": "boolean", "default": False}), "066f2d3201", '{"order_id": "o-2", "is_prime": true}'),
    Version(_record({"name": "total", "type": "long"}), "066f2d3302", '{"order_id": "o-3", "total": 1}'))
JSON = Evolution(
    "JSON",
    Version(_object(), '{"order_id":"o-1"}', '{"order_id":"o-1"}'),
    Version(_object(is_prime={"type": "boolean"}), *['{"order_id":"o-2","is_prime":true}'] * 2),
    Version(_object(("order_id", "total"), total={"type": "integer"}), *['{"order_id":"o-3","total":1}'] * 2))
PROTOBUF = Evolution(
    "PROTOBUF",
    Version(_message("string order_id = 1"), '{"orderId":"o-1"}'),
    Version(_message("string order_id = 1", "bool is_prime = 2"), '{"orderId":"o-2","isPrime":true}'),
    Version(_message("int32 order_id = 1"), '{"orderId":3}'),
    "shop.Order")
