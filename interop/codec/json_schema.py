"""Random JSON Schemas of drafts 4, 6 and 7 with values that they allow, and JSON compared by value."""

import json
from decimal import Decimal

DRAFTS = {4: "http://json-schema.org/draft-04/schema#", 6: "http://json-schema.org/draft-06/schema#", 7: "http://json-schema.org/draft-07/schema#"}
TEXTS = ["", "a", "größe", "日本", "😀", "\0\x1f", "\"\\/", "\u2028", "line\nbreak", "x" * 40]
FORMATS = {
    "date-time": "2023-04-12T04:02:38Z", "email": "a@example.com", "ipv4": "192.0.2.7", "ipv6": "2001:db8::7", "hostname": "example.com",
    "uri": "http://example.com/a?b=c", "no-such-format": "anything",
}
PATTERNS = {"^[a-f]{2,4}$": "abc", "^\\d+-x": "17-xyz", "b": "abc"}
NUMBERS = ["1.10", "1e5", "0.1e-7", "-0.0", "1E+3", "123.456", "-2.5", "9007199254740993.5", "1e23"]


class Number:
    """A number that stands in JSON with exactly this text."""

    def __init__(self, text):
        self.text = text


def random_schema(rnd, tame=False):
    """A schema and a function that draws an allowed value. `tame` keeps to draft 7 and to what all libraries hold."""
    draft = 7 if tame else rnd.choice([4, 6, 7, None])
    draw = _Draw(rnd, draft or 4, tame)
    schema, value = rnd.choice([draw.object, draw.object, draw.object, draw.array, draw.of_any, draw.recursive])(0)
    head = {"$schema": DRAFTS[draft]} if draft else {}
    return {**head, "title": rnd.choice(TEXTS), **schema}, value


class _Draw:
    """Each method gives a schema and a function that draws a value for it."""

    def __init__(self, rnd, draft, tame):
        self.rnd, self.draft, self.tame = rnd, draft, tame

    def chance(self, probability):
        return self.rnd.random() < probability

    def any(self, depth):
        """Any schema."""
        plain = [self.string, self.formatted, self.integer, self.number, self.boolean, self.null, self.enumeration]
        deep = [self.object, self.array, self.pair, self.of_any, self.of_one, self.of_all, self.negation]
        if self.draft >= 6:
            plain.append(self.constant)
        if self.draft == 7:
            deep.append(self.conditional)
        return self.rnd.choice(plain if depth > 2 or self.chance(0.5) else deep)(depth + 1)

    def string(self, _depth):
        if self.chance(0.3):
            pattern = self.rnd.choice(list(PATTERNS))
            return {"type": "string", "pattern": pattern}, lambda: PATTERNS[pattern]
        least, most = self.rnd.randint(0, 3), self.rnd.randint(5, 40)
        if self.chance(0.3):
            return {"type": "string", "minLength": least, "maxLength": most}, lambda: "ü" * self.rnd.randint(least, most)
        return {"type": "string"}, lambda: self.rnd.choice(TEXTS)

    def formatted(self, _depth):
        name = self.rnd.choice(list(FORMATS)[:6] if self.tame else list(FORMATS))
        return {"type": "string", "format": name}, lambda: FORMATS[name]

    def integer(self, _depth):
        least = self.rnd.choice([-5, 0, 10])
        most = least + self.rnd.choice([0, 1, 1000])
        schema = {"type": "integer", "minimum": least, "maximum": most}
        if self.chance(0.3):
            return {"type": "integer", "multipleOf": 7}, lambda: 7 * self.rnd.randint(-100, 100)
        if self.chance(0.3):
            bits = 63 if self.tame else 100
            return {"type": "integer"}, lambda: self.rnd.getrandbits(bits) * self.rnd.choice([1, -1])
        if self.chance(0.3):
            schema.update({"minimum": least - 1, "exclusiveMinimum": True} if self.draft == 4 else {"exclusiveMinimum": least - 1})
        return schema, lambda: self.rnd.randint(least, most)

    def number(self, _depth):
        return {"type": "number"}, lambda: self.rnd.uniform(-1e6, 1e6) if self.tame or self.chance(0.3) else Number(self.rnd.choice(NUMBERS))

    def boolean(self, _depth):
        return {"type": "boolean"}, lambda: self.chance(0.5)

    def null(self, _depth):
        return {"type": "null"}, lambda: None

    def enumeration(self, _depth):
        choices = self.rnd.sample(["red", "GRÜN", 7, None, True, ["a", 1], {"k": "v"}], 3)
        return {"enum": choices}, lambda: self.rnd.choice(choices)

    def constant(self, _depth):
        value = self.rnd.choice(["only", 3, {"a": [1]}])
        return {"const": value}, lambda: value

    def object(self, depth):
        names = self.rnd.sample(["id", "größe", "a b", "x-1", "$dollar", "list", "Z"], self.rnd.randint(0, 5))
        parts = {name: self.any(depth + 1) for name in names}
        required = [name for name in names if self.chance(0.5)]
        schema = {"type": "object", "properties": {name: part[0] for name, part in parts.items()}}
        if required:
            schema["required"] = required
        extra = None
        if self.chance(0.4):
            schema["additionalProperties"] = False
        elif self.chance(0.4):
            schema["additionalProperties"], extra = self.any(depth + 1)
        if self.chance(0.2):
            schema["patternProperties"] = {"^n_": {"type": "integer"}}

        def value():
            chosen = [name for name in names if name in required or self.chance(0.6)]
            self.rnd.shuffle(chosen)
            made = {name: parts[name][1]() for name in chosen}
            if "patternProperties" in schema and self.chance(0.5):
                made["n_1"] = self.rnd.randint(-9, 9)
            if extra and self.chance(0.5):
                made["extra"] = extra()
            return made
        return schema, value

    def array(self, depth):
        item, one = self.any(depth + 1)
        least, most = self.rnd.randint(0, 1), self.rnd.randint(2, 4)
        return {"type": "array", "items": item, "minItems": least, "maxItems": most}, lambda: [one() for _ in range(self.rnd.randint(least, most))]

    def pair(self, depth):
        (first, one), (second, two) = self.any(depth + 1), self.any(depth + 1)
        return {"type": "array", "items": [first, second], "additionalItems": False}, lambda: [one(), two()]

    def of_any(self, depth):
        parts = [self.any(depth + 1) for _ in range(self.rnd.randint(1, 3))]
        return {"anyOf": [part[0] for part in parts]}, lambda: self.rnd.choice(parts)[1]()

    def of_one(self, depth):
        parts = [self.string(depth), self.boolean(depth), self.array(depth + 1)]
        return {"oneOf": [part[0] for part in parts]}, lambda: self.rnd.choice(parts)[1]()

    def of_all(self, depth):
        schema, value = self.any(depth + 1)
        return {"allOf": [schema, {"description": "anything"}]}, value

    def negation(self, _depth):
        return {"not": {"type": "string"}}, lambda: self.rnd.choice([1, None, True, []])

    def conditional(self, depth):
        schema = {"if": {"type": "string"}, "then": {"maxLength": 3}, "else": {"type": "integer"}}
        return schema, lambda: self.rnd.choice(["abc", "", 17])

    def recursive(self, depth):
        payload, one = self.any(depth + 1)
        tree = {"type": "object", "properties": {"value": payload, "children": {"type": "array", "items": {"$ref": "#/definitions/tree"}}},
                "required": ["value"]}

        def value(level=0):
            made = {"value": one()}
            if level < 3 and self.chance(0.6):
                made["children"] = [value(level + 1) for _ in range(self.rnd.randint(0, 2))]
            return made
        return {"definitions": {"tree": tree}, "$ref": "#/definitions/tree"} if self.draft == 4 and self.chance(0.2) else \
            {"definitions": {"tree": tree}, "allOf": [{"$ref": "#/definitions/tree"}]}, value


def spoiled(rnd, value):
    """A value near to another one, mostly no longer allowed."""
    if isinstance(value, dict) and value and rnd.random() < 0.8:
        name = rnd.choice(list(value))
        rest = {key: one for key, one in value.items() if key != name}
        return rnd.choice([rest, {**value, name: spoiled(rnd, value[name])}, {**value, "unexpected": 1}])
    if isinstance(value, list) and value and rnd.random() < 0.8:
        return rnd.choice([value * 3, [spoiled(rnd, value[0]), *value[1:]], value[1:]])
    return rnd.choice(["text", "", 17, -3, Number("1.5"), True, None, [], {}, [[]], {"id": {}}])


def dump(value, rnd=None):
    """JSON text; with a source of randomness also with white space in odd places and characters escaped."""
    space = (lambda: rnd.choice(["", "", " ", "\t"])) if rnd else (lambda: "")

    def one(value):
        if isinstance(value, Number):
            return value.text
        if isinstance(value, dict):
            return "{" + ",".join(f"{space()}{one(key)}{space()}:{space()}{one(item)}" for key, item in value.items()) + space() + "}"
        if isinstance(value, list):
            return "[" + ",".join(space() + one(item) for item in value) + space() + "]"
        return json.dumps(value, ensure_ascii=bool(rnd and rnd.random() < 0.3))
    return space() + one(value) + space()


def by_value(text):
    """JSON in a form to compare: objects in their order, integers exact, other numbers as the double that they stand for."""
    return _comparable(text, lambda number: float(Decimal(number)), int)


def by_text(text):
    """JSON in a form to compare: objects in their order, every number as its text."""
    return _comparable(text, _Kept, _Kept)


def _comparable(text, of_float, of_int):
    # repr tells 1, 1.0 and true apart; == does not.
    return repr(json.loads(text, object_pairs_hook=lambda pairs: ("object", pairs), parse_float=of_float, parse_int=of_int,
                           parse_constant=_no_constant))


class _Kept(str):
    """The text of a number."""

    def __repr__(self):
        return f"number {self}"


def _no_constant(text):
    raise ValueError(f"{text} is not JSON")
