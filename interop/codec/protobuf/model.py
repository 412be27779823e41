"""Protobuf files as the rings use them: messages, fields, the text of the .proto file, and proto3 JSON compared by type."""

import base64
import json
import math
import struct
from dataclasses import dataclass, field

SIGNED = {"int32": 32, "sint32": 32, "sfixed32": 32, "int64": 64, "sint64": 64, "sfixed64": 64}
UNSIGNED = {"uint32": 32, "fixed32": 32, "uint64": 64, "fixed64": 64}
WHOLE = {**SIGNED, **UNSIGNED}


class BadJson(Exception):
    """The JSON is not that of a message of the type."""


@dataclass(eq=False)
class Enum:
    """An enum; the first value is the default."""

    name: str  # full name
    values: dict


@dataclass(eq=False)
class Field:
    """A field; `type` is a scalar's name, an Enum, a Message, or a Known type. `key` is a map's key type."""

    name: str
    number: int
    type: object
    label: str = ""  # "", optional, required, repeated, map, oneof
    key: str = ""
    json_name: str = ""
    options: list = field(default_factory=list)

    def presence(self, proto3):
        """Whether the field tells unset from default."""
        return self.label in ("optional", "required", "oneof") or (self.label == "" and (not proto3 or isinstance(self.type, (Message, Known))))


@dataclass(eq=False)
class Known:
    """A type of the bundled imports; its JSON is compared as JSON."""

    name: str
    file: str


@dataclass(eq=False)
class Message:
    """A message and what is declared in it."""

    name: str  # full name
    fields: list = field(default_factory=list)
    messages: list = field(default_factory=list)
    enums: list = field(default_factory=list)
    reserved: list = field(default_factory=list)


@dataclass(eq=False)
class File:
    """A .proto file."""

    package: str
    proto3: bool
    imports: list
    messages: list
    enums: list


def all_messages(messages):
    """These messages and all that are declared in them."""
    return [one for message in messages for one in (message, *all_messages(message.messages))]


def plain_json_name(name):
    """lowerCamelCase, as protoc makes it."""
    out, upper = "", False
    for character in name:
        if character == "_":
            upper = True
        else:
            out += character.upper() if upper else character
            upper = False
    return out


def source(file):
    """The text of the file."""
    lines = [f'syntax = "{"proto3" if file.proto3 else "proto2"}";', f"package {file.package};"]
    lines += [f'import "{name}";' for name in file.imports]
    for message in file.messages:
        lines += _message(message, file.proto3)
    for enum in file.enums:
        lines += _enum(enum)
    return "\n".join(lines) + "\n"


def _message(message, proto3):
    inner = [f"reserved {part};" for part in message.reserved]
    for one in message.enums:
        inner += _enum(one)
    for one in message.messages:
        inner += _message(one, proto3)
    plain = [one for one in message.fields if one.label != "oneof"]
    inner += [_field(one, proto3) for one in plain]
    choices = [one for one in message.fields if one.label == "oneof"]
    if choices:
        inner += ["oneof choice {", *(f"  {_field(one, proto3)}" for one in choices), "}"]
    return [f"message {message.name.rpartition('.')[2]} {{", *(f"  {line}" for line in inner), "}"]


def _enum(enum):
    return [f"enum {enum.name.rpartition('.')[2]} {{", *(f"  {name} = {number};" for name, number in enum.values.items()), "}"]


def _field(one, proto3):
    kind = one.type if isinstance(one.type, str) else f".{one.type.name}"
    label = one.label if one.label in ("optional", "required", "repeated") else ""
    if not proto3 and one.label == "":
        label = "optional"
    if one.label == "map":
        kind = f"map<{one.key}, {kind}>"
    options = list(one.options) + ([f'json_name = "{one.json_name}"'] if one.json_name != plain_json_name(one.name) else [])
    return f"{label} {kind} {one.name} = {one.number}{' [' + ', '.join(options) + ']' if options else ''};".strip()


def canonical(message, value, proto3):
    """A message's JSON in a form to compare: every field typed, defaults of fields without presence left out."""
    if not isinstance(value, dict):
        raise BadJson(f"{str(value)[:60]} is no {message.name}")
    unknown = value.keys() - {one.json_name for one in message.fields}
    if unknown:
        raise BadJson(f"{message.name} has no {sorted(unknown)[0]}")
    found = {}
    for one in message.fields:
        if one.json_name in value:
            made = _of_field(one, value[one.json_name], proto3)
            if one.presence(proto3) or made not in _empty(one):
                found[one.name] = made
    return found


def _empty(one):
    if one.label in ("repeated", "map"):
        return [("list", []), ("map", [])]
    if isinstance(one.type, Enum):
        return [("enum", next(iter(one.type.values)))]
    return [("whole", 0), ("double", struct.pack("<d", 0)), ("float", struct.pack("<f", 0)), ("bool", False), ("string", ""), ("bytes", b"")]


def _of_field(one, value, proto3):
    if one.label == "repeated":
        return "list", [_of_type(one.type, item, proto3) for item in value]
    if one.label == "map":
        return "map", sorted((key, _of_type(one.type, item, proto3)) for key, item in value.items())
    return _of_type(one.type, value, proto3)


def _of_type(kind, value, proto3):
    if isinstance(kind, Message):
        return "message", canonical(kind, value, proto3)
    if isinstance(kind, Known):
        return "known", json.dumps(_loose(value), sort_keys=True)
    if isinstance(kind, Enum):
        if value not in kind.values:
            raise BadJson(f"{value} is not in {kind.name}")
        return "enum", value
    if kind in WHOLE:
        # Text for 64 bits, a number for 32: that is the mapping.
        if isinstance(value, str) != (WHOLE[kind] == 64):
            raise BadJson(f"{value!r} is no {kind}")
        return "whole", int(value)
    if kind in ("float", "double"):
        number = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(value, value)
        return kind, struct.pack("<f" if kind == "float" else "<d", float(number))
    if kind == "bytes":
        return "bytes", base64.b64decode(value, validate=True)
    if type(value) is not (bool if kind == "bool" else str):
        raise BadJson(f"{value!r} is no {kind}")
    return kind, value


def _loose(value):
    if isinstance(value, dict):
        return {key: _loose(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_loose(item) for item in value]
    return float(value) if type(value) is int else value
