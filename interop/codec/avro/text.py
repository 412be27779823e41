"""Avro's own JSON encoding: unions tagged, bytes as Latin-1 text, NaN and infinities as text."""

import math

FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class BadText(Exception):
    """The JSON is not the encoding of a value of the schema."""


def dump(node, value):
    """What json.dumps makes the text from."""
    kind = node.kind
    if kind in ("float", "double"):
        return next((text for text, number in FLOATS.items() if value == number or value != value and number != number), value)
    if kind in ("bytes", "fixed"):
        return value.decode("latin-1")
    if kind == "union":
        number, inner = value
        branch = node.branches[number]
        return None if branch.kind == "null" else {branch.tag: dump(branch, inner)}
    if kind == "record":
        return {field.name: dump(field.node, value[field.name]) for field in node.fields}
    if kind == "array":
        return [dump(node.items, item) for item in value]
    if kind == "map":
        return {key: dump(node.items, item) for key, item in value.items()}
    return value


def load(node, json):
    """The value of what json.loads made of a text; every deviation is a BadText."""
    return _LOADERS[node.kind](node, json)


def _must(right, node, json):
    if not right:
        raise BadText(f"{str(json)[:80]} is no {node.tag}")


def _whole(node, json):
    bits = 32 if node.kind == "int" else 64
    _must(type(json) is int and -(1 << bits - 1) <= json < 1 << bits - 1, node, json)
    return json


def _float(node, json):
    if isinstance(json, str):
        _must(json in FLOATS, node, json)
        return FLOATS[json]
    _must(type(json) in (int, float) and math.isfinite(json), node, json)
    return float(json)


def _text(node, json):
    _must(isinstance(json, str) and (node.kind != "enum" or json in node.symbols), node, json)
    return json


def _bytes(node, json):
    _must(isinstance(json, str) and all(ord(character) < 256 for character in json), node, json)
    _must(node.kind == "bytes" or len(json) == node.size, node, json)
    return json.encode("latin-1")


def _union(node, json):
    if json is None:
        tag, inner = "null", None
    else:
        _must(isinstance(json, dict) and len(json) == 1, node, json)
        (tag, inner), = json.items()
    tags = [branch.tag for branch in node.branches]
    _must(tag in tags, node, json)
    number = tags.index(tag)
    return number, load(node.branches[number], inner)


def _record(node, json):
    _must(isinstance(json, dict) and list(json) == [field.name for field in node.fields], node, json)
    return {field.name: load(field.node, json[field.name]) for field in node.fields}


def _array(node, json):
    _must(isinstance(json, list), node, json)
    return [load(node.items, item) for item in json]


def _map(node, json):
    _must(isinstance(json, dict), node, json)
    return {key: load(node.items, item) for key, item in json.items()}


def _exactly(*wanted):
    def check(node, json):
        _must(any(json is one for one in wanted), node, json)
        return json
    return check


_LOADERS = {
    "null": _exactly(None), "boolean": _exactly(True, False), "int": _whole, "long": _whole, "float": _float, "double": _float,
    "string": _text, "enum": _text, "bytes": _bytes, "fixed": _bytes, "union": _union, "record": _record, "array": _array, "map": _map,
}
