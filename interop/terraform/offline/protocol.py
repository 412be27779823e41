"""Terraform's plugin protocol 5 as bytes: the messages of its gRPC service, with the numbers that the protocol gives their fields.

A message is a dictionary by the names of its fields, and a field that is a message itself is that message's bytes. The numbers, and what the fields
mean, are those of `tfplugin5.proto` in Terraform's sources. Only what a provider of resources, data sources and ephemeral resources needs is here.
"""

import json

SERVICE = "tfplugin5.Provider"
NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}
ERROR = 1
VARINT, LENGTH_DELIMITED = 0, 2

# The fields of each request, in the order of their numbers, which begin with 1.
REQUESTS = {
    "GetSchema": (),
    "PrepareProviderConfig": ("config",),
    "Configure": ("terraform_version", "config"),
    "ValidateResourceTypeConfig": ("type_name", "config"),
    "ValidateDataSourceConfig": ("type_name", "config"),
    "ValidateEphemeralResourceConfig": ("type_name", "config"),
    "UpgradeResourceState": ("type_name", "version", "raw_state"),
    "ReadResource": ("type_name", "current_state", "private"),
    "PlanResourceChange": ("type_name", "prior_state", "proposed_new_state", "config", "prior_private"),
    "ApplyResourceChange": ("type_name", "prior_state", "planned_state", "config", "planned_private"),
    "ReadDataSource": ("type_name", "config"),
    "OpenEphemeralResource": ("type_name", "config"),
    "CloseEphemeralResource": ("type_name", "private"),
    "GetFunctions": (),
    "Stop": (),
}
# The numbers of the fields that answers have.
ANSWERS = {
    "PrepareProviderConfig": {"prepared_config": 1},
    "ValidateResourceTypeConfig": {"diagnostics": 1},
    "ValidateDataSourceConfig": {"diagnostics": 1},
    "ValidateEphemeralResourceConfig": {"diagnostics": 1},
    "UpgradeResourceState": {"upgraded_state": 1},
    "ReadResource": {"new_state": 1, "private": 3},
    "PlanResourceChange": {"planned_state": 1, "legacy_type_system": 5},
    "ApplyResourceChange": {"new_state": 1, "legacy_type_system": 4},
    "ReadDataSource": {"state": 1, "diagnostics": 2},
    "OpenEphemeralResource": {"result": 3},
}
SCHEMAS = {"provider": 1, "resource_schemas": 2, "data_source_schemas": 3, "server_capabilities": 6, "ephemeral_resource_schemas": 8}
CAPABILITIES = {"get_provider_schema_optional": 2}
SCHEMA = {"version": 1, "block": 2}
BLOCK = {"attributes": 2, "block_types": 3}
ATTRIBUTE = {"name": 1, "type": 2, "required": 4, "optional": 5, "computed": 6, "write_only": 10}
NESTED_BLOCK = {"type_name": 1, "block": 2, "nesting": 3, "min_items": 4, "max_items": 5}
MAP_ENTRY = {"key": 1, "value": 2}
DYNAMIC_VALUE = {"msgpack": 1, "json": 2}
RAW_STATE = ("json",)
DIAGNOSTIC = {"severity": 1, "summary": 2, "detail": 3, "attribute": 4}
PATH = {"steps": 1}
STEP = {"attribute_name": 1, "element_key_string": 2, "element_key_int": 3}


def write(numbers, **values):
    """The bytes of a message. A list is a repeated field; None and False are left out."""
    message = bytearray()
    for name, value in values.items():
        for item in value if isinstance(value, list) else [value]:
            if item is not None and item is not False:
                message += _field(numbers[name], item)
    return bytes(message)


def read(names, data):
    """The message that these bytes are, by the names of its fields in the order of their numbers. What is not there is None; further fields are skipped."""
    names, at = list(names), 0
    values = dict.fromkeys(names)
    while at < len(data):
        key, at = _read_varint(data, at)
        number, kind = key >> 3, key & 7
        value, at = _read_varint(data, at)
        if kind == LENGTH_DELIMITED:
            value, at = data[at:at + value], at + value
        elif kind != VARINT:
            raise ValueError(f"field {number} is of wire type {kind}")
        if number <= len(names):
            values[names[number - 1]] = value
    return values


def _field(number, value):
    if isinstance(value, int):
        return _varint(number << 3 | VARINT) + _varint(int(value))
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | LENGTH_DELIMITED) + _varint(len(data)) + data


def _varint(value):
    message = bytearray()
    while value > 0x7F:
        message.append(value & 0x7F | 0x80)
        value >>= 7
    message.append(value)
    return bytes(message)


def _read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at


def schema_answer(schema):
    """The answer to `GetSchema`. It allows Terraform to ask only once."""
    maps = {kind: [write(MAP_ENTRY, key=name, value=_schema(block)) for name, block in schema[kind].items()] for kind in SCHEMAS if kind.endswith("_schemas")}
    return write(SCHEMAS, provider=_schema(schema["provider"]), server_capabilities=write(CAPABILITIES, get_provider_schema_optional=True), **maps)


def _schema(block):
    return write(SCHEMA, version=0, block=_block(block))


def _block(block):
    attributes = [_attribute(name, attribute) for name, attribute in sorted(block["attributes"].items())]
    return write(BLOCK, attributes=attributes, block_types=[_nested(name, nested) for name, nested in sorted(block["block_types"].items())])


def _attribute(name, attribute):
    return write(ATTRIBUTE, name=name, **{**attribute, "type": json.dumps(attribute["type"])})


def _nested(name, nested):
    bounds = {bound: nested.get(bound) for bound in ("min_items", "max_items")}
    return write(NESTED_BLOCK, type_name=name, block=_block(nested["block"]), nesting=NESTING[nested["nesting_mode"]], **bounds)


def error(summary, detail, path):
    """A diagnostic about an attribute. The path has names, and keys and numbers of items."""
    steps = [write(STEP, **{"element_key_int" if isinstance(step, int) else "attribute_name": step}) for step in path]
    return write(DIAGNOSTIC, severity=ERROR, summary=summary, detail=detail, attribute=write(PATH, steps=steps))
