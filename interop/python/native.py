"""Values of Avro's logical types as the Python library has them, and back."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Context, Decimal
from uuid import UUID

from avro.binary import minimal

EPOCH = datetime(1970, 1, 1)
EXACT = Context(prec=100)


class Unexpected(Exception):
    """The library gave a value of another class than it documents."""


def of(node, value):
    """What a user hands to the library."""
    if node.kind == "union":
        return of(node.branches[value[0]], value[1])
    if node.kind == "record":
        return {field.name: of(field.node, value[field.name]) for field in node.fields}
    if node.kind == "array":
        return [of(node.items, item) for item in value]
    if node.kind == "map":
        return {key: of(node.items, item) for key, item in value.items()}
    made = _LOGICAL.get(node.logical)
    return made[1](node, value) if made else value


def back(node, value):
    """The bare Avro value of what the library gave. Unions are of null and one other type."""
    if node.kind == "union":
        number = next(number for number, branch in enumerate(node.branches) if (branch.kind == "null") == (value is None))
        return number, back(node.branches[number], value)
    if node.kind == "record":
        _must(value, dict)
        return {field.name: back(field.node, value[field.name]) for field in node.fields}
    if node.kind == "array":
        return [back(node.items, item) for item in _must(value, list)]
    if node.kind == "map":
        return {key: back(node.items, item) for key, item in _must(value, dict).items()}
    made = _LOGICAL.get(node.logical)
    if made:
        return made[2](node, _must(value, made[0]))
    return _must(value, _PLAIN[node.kind])


def _must(value, kind):
    if type(value) is not kind:
        raise Unexpected(f"{type(value).__name__} instead of {kind.__name__}")
    return value


def _ticks(since, unit):
    return since // timedelta(microseconds=1) // unit


def _instant(unit, zone):
    first = EPOCH.replace(tzinfo=zone)
    return datetime, lambda _, value: first + timedelta(microseconds=value * unit), lambda _, value: _ticks(value - first, unit)


def _time(unit):
    return time, lambda _, value: (EPOCH + timedelta(microseconds=value * unit)).time(), \
        lambda _, value: _ticks(datetime.combine(EPOCH, value) - EPOCH, unit)


def _decimal(node, value):
    return Decimal(int.from_bytes(value, "big", signed=True)).scaleb(-node.json.get("scale", 0), EXACT)


def _unscaled(node, value):
    unscaled = int(value.scaleb(node.json.get("scale", 0), EXACT))
    if node.kind == "fixed":
        return unscaled.to_bytes(node.size, "big", signed=True)
    return minimal(unscaled)


_PLAIN = {"null": type(None), "boolean": bool, "int": int, "long": int, "float": float, "double": float, "bytes": bytes, "fixed": bytes,
          "string": str, "enum": str}
# class, from the bare value, to the bare value
_LOGICAL = {
    "date": (date, lambda _, value: date(1970, 1, 1) + timedelta(days=value), lambda _, value: (value - date(1970, 1, 1)).days),
    "time-millis": _time(1000),
    "time-micros": _time(1),
    "timestamp-millis": _instant(1000, timezone.utc),
    "timestamp-micros": _instant(1, timezone.utc),
    "local-timestamp-millis": _instant(1000, None),
    "local-timestamp-micros": _instant(1, None),
    "uuid": (UUID, lambda _, value: UUID(value), lambda _, value: str(value)),
    "decimal": (Decimal, _decimal, _unscaled),
}
