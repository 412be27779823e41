"""Reader schemas made from writer schemas: the changes that people make, allowed and not."""

import copy

from avro.model import NAMED, PRIMITIVES, BadSchema, nodes, parse
from avro.schemas import add_default, default_json, random_schema
from avro.values import TooDeep, least

PROMOTIONS = {"int": ["long", "float", "double"], "long": ["float", "double"], "float": ["double"], "string": ["bytes"], "bytes": ["string"]}
ATTEMPTS = 200


def random_reader(rnd, writer):
    """A schema to read the writer's data with: the same one changed a few times, seldom another one."""
    if rnd.random() < 0.04:
        return random_schema(rnd)
    schema = copy.deepcopy(writer)
    wanted = rnd.choice([1, 1, 2, 3, 5])
    for _ in range(ATTEMPTS):
        changed = {"top": copy.deepcopy(schema)}
        try:
            rnd.choice(_CHANGES)(rnd, changed)
            _refresh_defaults(rnd, changed["top"])
        except (BadSchema, _Inapplicable):
            continue
        schema, wanted = changed["top"], wanted - 1
        if not wanted:
            break
    return schema


class _Inapplicable(Exception):
    """The schema has no place for this change."""


def _refresh_defaults(rnd, schema):
    """The schema must parse, and its defaults must still be of their fields' types: they are made anew."""
    for node in nodes(parse(schema)):
        for field in node.fields:
            if field.json.pop("default", _Inapplicable) is not _Inapplicable:
                add_default(rnd, field)


def _slots(holder, key, found):
    """Every place where a type stands, as (container, key)."""
    found.append((holder, key))
    json = holder[key]
    if isinstance(json, list):
        for number in range(len(json)):
            _slots(json, number, found)
    elif isinstance(json, dict):
        for one in json.get("fields", []):
            _slots(one, "type", found)
        for inner in ("items", "values"):
            if inner in json:
                _slots(json, inner, found)
    return found


def _slot(rnd, schema, fits):
    fitting = [(holder, key) for holder, key in _slots(schema, "top", []) if fits(holder[key])]
    if not fitting:
        raise _Inapplicable
    return rnd.choice(fitting)


def _definition(rnd, schema, *kinds):
    holder, key = _slot(rnd, schema, lambda json: isinstance(json, dict) and json["type"] in kinds)
    return holder[key]


def _kind(json):
    return json["type"] if isinstance(json, dict) else json


def _promote(rnd, schema):
    holder, key = _slot(rnd, schema, lambda json: not isinstance(json, list) and _kind(json) in PROMOTIONS)
    holder[key] = rnd.choice(PROMOTIONS[_kind(holder[key])])


def _replace(rnd, schema):
    holder, key = _slot(rnd, schema, lambda json: not isinstance(json, list) and _kind(json) in PRIMITIVES)
    holder[key] = rnd.choice(PRIMITIVES)


def _wrap(rnd, schema):
    holder, key = _slot(rnd, schema, lambda json: not isinstance(json, list) and _kind(json) != "null")
    if isinstance(holder, list):
        raise _Inapplicable
    holder[key] = rnd.choice([["null", holder[key]], [holder[key], "null"], ["string", holder[key], "null"], [holder[key]]])


def _unwrap(rnd, schema):
    holder, key = _slot(rnd, schema, lambda json: isinstance(json, list) and json)
    holder[key] = rnd.choice(holder[key])


def _branch(rnd, schema):
    holder, key = _slot(rnd, schema, lambda json: isinstance(json, list) and json)
    union = holder[key]
    change = rnd.choice(["add", "remove", "shuffle", "promote"])
    if change == "add":
        union.insert(rnd.randint(0, len(union)), rnd.choice(PRIMITIVES))
    elif change == "remove":
        del union[rnd.randrange(len(union))]
    elif change == "shuffle":
        rnd.shuffle(union)
    else:
        number = rnd.randrange(len(union))
        union[number] = rnd.choice(PROMOTIONS.get(_kind(union[number]), ["string"]))


def _field(rnd, schema):
    record = _definition(rnd, schema, "record")
    fields = record["fields"]
    change = rnd.choice(["add", "add", "add", "remove", "shuffle", "rename", "alias"])
    if change == "add":
        fields.insert(rnd.randint(0, len(fields)), _new_field(rnd, len(fields)))
    elif not fields:
        raise _Inapplicable
    elif change == "remove":
        del fields[rnd.randrange(len(fields))]
    elif change == "shuffle":
        rnd.shuffle(fields)
    else:
        one = rnd.choice(fields)
        if change == "alias":
            one["aliases"] = [*one.get("aliases", []), "unheard_of", one["name"]]
        one["name"] = f"renamed_{one['name']}"


def _new_field(rnd, number):
    kind = rnd.choice([*PRIMITIVES, {"type": "array", "items": "int"}, {"type": "map", "values": "bytes"}, ["null", "string"], ["int", "null"],
                       {"type": "enum", "name": f"new.E{number}{rnd.randrange(10**6)}", "symbols": ["N1", "N2"]},
                       {"type": "fixed", "name": f"new.F{number}{rnd.randrange(10**6)}", "size": 3},
                       {"type": "record", "name": f"new.R{number}{rnd.randrange(10**6)}", "fields": [{"name": "a", "type": "long", "default": 7}]}])
    made = {"name": f"added{number}", "type": kind}
    if rnd.random() < 0.85:
        try:
            node = parse(kind)
            made["default"] = default_json(node, least(node))
        except TooDeep:
            pass
    return made


def _symbols(rnd, schema):
    enum = _definition(rnd, schema, "enum")
    symbols = enum["symbols"]
    change = rnd.choice(["add", "remove", "remove", "shuffle"])
    if change == "add":
        symbols.insert(rnd.randint(0, len(symbols)), "NEW")
    elif change == "remove" and len(symbols) > 1:
        symbols.remove(rnd.choice(symbols))
    else:
        rnd.shuffle(symbols)
    enum.pop("default", None)
    if len(set(symbols)) != len(symbols):
        raise _Inapplicable
    if rnd.random() < 0.5:
        enum["default"] = rnd.choice(symbols)


def _size(rnd, schema):
    _definition(rnd, schema, "fixed").update({"size": rnd.choice([2, 12, 16]), "logicalType": "none"})


def _rename(rnd, schema):
    named = _definition(rnd, schema, *NAMED)
    old = named["name"]
    named["name"] = f"{old}_new" if rnd.random() < 0.7 else f"moved.{old.rpartition('.')[2]}"
    if rnd.random() < 0.7:
        named["aliases"] = [*named.get("aliases", []), old if "." in old or "namespace" not in named else f"{named['namespace']}.{old}"]


def _nothing(_rnd, _schema):
    """The same schema again."""


_CHANGES = [_promote, _promote, _replace, _wrap, _unwrap, _branch, _branch, _field, _field, _field, _symbols, _symbols, _size, _rename, _nothing]
