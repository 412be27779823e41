"""Random Protobuf files, proto2 and proto3, and values of their messages as proto3 JSON."""

import base64
import struct

from protobuf.model import SIGNED, WHOLE, Enum, Field, File, Known, Message, all_messages, plain_json_name

SCALARS = [*WHOLE, "float", "double", "bool", "string", "bytes"]
KEYS = ["string", "int32", "int64", "uint32", "sint64", "fixed32", "sfixed64", "bool"]
TEXTS = ["", "a", "größe", "日本", "😀", "\0\x1f", "\"\\/"]
KNOWN = {
    "google.protobuf.Timestamp": ("google/protobuf/timestamp.proto", ["1970-01-01T00:00:00Z", "2023-04-12T04:02:38.640Z", "0001-01-01T00:00:00Z", "2023-04-12T04:02:38.000000001Z"]),
    "google.protobuf.Duration": ("google/protobuf/duration.proto", ["0s", "1.500s", "-3.000000001s", "315576000000s"]),
    "google.protobuf.FieldMask": ("google/protobuf/field_mask.proto", ["", "a,b.cD"]),
    "google.protobuf.Empty": ("google/protobuf/empty.proto", [{}]),
    "google.protobuf.Struct": ("google/protobuf/struct.proto", [{}, {"a": 1.5, "b": [None, True, "x", {"c": {}}]}]),
    "google.protobuf.ListValue": ("google/protobuf/struct.proto", [[], [1, "a", None]]),
    "google.protobuf.StringValue": ("google/protobuf/wrappers.proto", ["", "ü"]),
    "google.protobuf.Int64Value": ("google/protobuf/wrappers.proto", ["0", "-9223372036854775808"]),
    "google.protobuf.UInt32Value": ("google/protobuf/wrappers.proto", [0, 4294967295]),
    "google.protobuf.DoubleValue": ("google/protobuf/wrappers.proto", [0.5, "NaN"]),
    "google.protobuf.BytesValue": ("google/protobuf/wrappers.proto", ["", "AP8="]),
    "google.protobuf.BoolValue": ("google/protobuf/wrappers.proto", [True, False]),
    "google.type.Date": ("google/type/date.proto", [{}, {"year": 2023, "month": 4}]),
    "google.type.Money": ("google/type/money.proto", [{"currencyCode": "CHF", "units": "-7", "nanos": -1}]),
}
# No word in the name of the package may begin the name of a message: Java's reader then takes nested types for top-level ones.
PACKAGE = "gluestream.ring"


def random_file(rnd):
    """A file."""
    return _Draw(rnd).file()


class _Draw:
    def __init__(self, rnd):
        self.rnd, self.count, self.proto3 = rnd, 0, rnd.random() < 0.6
        self.imports, self.enums, self.messages = [], [], []

    def chance(self, probability):
        return self.rnd.random() < probability

    def file(self):
        enums = [self.enum(PACKAGE) for _ in range(self.rnd.randint(0, 2))]
        messages = [self.message(PACKAGE, 0) for _ in range(self.rnd.randint(1, 4))]
        for message in all_messages(messages):
            self.fill(message)
        return File(PACKAGE, self.proto3, sorted(self.imports), messages, enums)

    def name(self):
        self.count += 1
        return f"{self.rnd.choice(['A', 'Zed', 'Kind', 'B_', 'M'])}{self.count}"

    def enum(self, scope):
        name = self.name()
        numbers = [0, *self.rnd.sample([1, 2, 5, 1000, -1, 2147483647], self.rnd.randint(0, 4))]
        made = Enum(f"{scope}.{name}", {f"{name.upper()}_{number}".replace("-", "MINUS_"): number for number in numbers})
        self.enums.append(made)
        return made

    def message(self, scope, depth):
        made = Message(f"{scope}.{self.name()}")
        self.messages.append(made)
        if depth < 3:
            made.messages = [self.message(made.name, depth + 1) for _ in range(self.rnd.choice([0, 0, 1, 2]))]
        made.enums = [self.enum(made.name) for _ in range(self.rnd.choice([0, 0, 1]))]
        return made

    def fill(self, message):
        """Gives a message its fields, once all types are there."""
        words = self.rnd.sample(["id", "user_name", "total", "item_list", "created_at", "x", "my_url_map", "flagSet", "note_2"], self.rnd.randint(0, 8))
        numbers = self.rnd.sample([1, 2, 3, 4, 5, 15, 16, 17, 100, 2047, 2048, 18999, 20000, 536870911], len(words))
        message.fields = [self.field(word, number) for word, number in zip(words, numbers)]
        if self.chance(0.3):
            message.reserved = self.rnd.sample(["6", "7 to 9", "1000 to 1010", '"gone"'], self.rnd.randint(1, 2))

    def field(self, name, number):
        label = self.rnd.choice(["", "", "", "optional", "repeated", "repeated", "map", "oneof", "oneof", *([] if self.proto3 else ["required"])])
        made = Field(name, number, self.type(label), label, json_name=plain_json_name(name))
        if label == "map":
            made.key = self.rnd.choice(KEYS)
        if self.chance(0.1):
            made.json_name = f"J{name}"
        if label == "repeated" and isinstance(made.type, str) and made.type not in ("string", "bytes") and self.chance(0.3):
            made.options.append(f"packed = {self.rnd.choice(['true', 'false'])}")
        if self.chance(0.05):
            made.options.append("deprecated = true")
        return made

    def type(self, label):
        # A required message could need itself.
        kinds = ["scalar", "scalar", "scalar", "enum", *(["known", "message"] if label != "required" else [])]
        kind = self.rnd.choice(kinds)
        if kind == "known":
            name = self.rnd.choice(list(KNOWN))
            file = KNOWN[name][0]
            if file not in self.imports:
                self.imports.append(file)
            return Known(name, file)
        if kind == "message":
            return self.rnd.choice(self.messages)
        if kind == "enum" and self.enums:
            return self.rnd.choice(self.enums)
        return self.rnd.choice(SCALARS)


def random_value(rnd, message, depth=0):
    """A message as proto3 JSON."""
    made, chosen = {}, False
    for one in message.fields:
        if one.label == "oneof":
            if chosen or rnd.random() < 0.5:
                continue
            chosen = True
        elif one.label != "required" and rnd.random() < 0.3:
            continue
        if isinstance(one.type, Message) and depth > 2:
            chosen = chosen and one.label != "oneof"
            continue
        made[one.json_name] = _field_value(rnd, one, depth)
    return made


def _field_value(rnd, one, depth):
    count = rnd.choice([0, 1, 1, 2, 3])
    if one.label == "repeated":
        return [_value(rnd, one.type, depth) for _ in range(count)]
    if one.label == "map":
        return {_key(rnd, one.key): _value(rnd, one.type, depth) for _ in range(count)}
    return _value(rnd, one.type, depth)


def _key(rnd, kind):
    if kind == "bool":
        return rnd.choice(["true", "false"])
    return rnd.choice(TEXTS) if kind == "string" else str(_whole(rnd, kind))


def _whole(rnd, kind):
    bits = WHOLE[kind]
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if kind in SIGNED else (0, (1 << bits) - 1)
    return rnd.choice([0, 1, low, high, rnd.randint(low, high), rnd.randint(0, 300)])


def _value(rnd, kind, depth):
    if isinstance(kind, Message):
        return random_value(rnd, kind, depth + 1)
    if isinstance(kind, Known):
        return rnd.choice(KNOWN[kind.name][1])
    if isinstance(kind, Enum):
        return rnd.choice(list(kind.values))
    if kind in WHOLE:
        number = _whole(rnd, kind)
        return str(number) if WHOLE[kind] == 64 else number
    if kind in ("float", "double"):
        number = rnd.choice([0.0, 1.0, -1.5, "NaN", "Infinity", "-Infinity", 1e-7, rnd.uniform(-1e9, 1e9)])
        return struct.unpack("<f", struct.pack("<f", number))[0] if kind == "float" and isinstance(number, float) else number
    if kind == "bool":
        return rnd.random() < 0.5
    return base64.b64encode(rnd.randbytes(rnd.choice([0, 1, 2, 30]))).decode() if kind == "bytes" else rnd.choice(TEXTS)
