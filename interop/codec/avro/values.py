"""Random values of an Avro schema, edges first."""

import struct
import uuid

from avro.binary import minimal

STRINGS = ["", "a", "größe", "日本", "😀", "\0", "\"\\/", "\t\n\r\x1f\x7f", "\u2028", "null", "NaN", "-0"]
FLOATS = [0.0, -0.0, 1.0, -1.5, float("nan"), float("inf"), float("-inf"), 1e-7, 1e23, 3.4028234663852886e38, 5e-324, 1.7976931348623157e308]
DAY_MILLIS = 86_400_000


class TooDeep(Exception):
    """A value of this type has no end."""


class Values:
    """Draws values; `tame` keeps logical types within what Python's own classes can hold."""

    def __init__(self, rnd, tame=False):
        self.rnd, self.tame = rnd, tame

    def of(self, node, depth=0):
        """A value of a type. The deeper, the smaller."""
        if depth > 40:
            raise TooDeep
        kind = node.kind
        if kind == "union":
            number = self._branch(node, depth)
            return number, self.of(node.branches[number], depth + 1)
        if kind == "record":
            return {field.name: self.of(field.node, depth + 1) for field in node.fields}
        if kind == "array":
            return [self.of(node.items, depth + 1) for _ in range(self._count(depth))]
        if kind == "map":
            return {self.string(): self.of(node.items, depth + 1) for _ in range(self._count(depth))}
        if kind == "enum":
            return self.rnd.choice(node.symbols)
        return self._leaf(node)

    def _branch(self, node, depth):
        simple = [number for number, branch in enumerate(node.branches) if branch.kind in ("null", "boolean", "int", "long", "string")]
        if simple and depth > 6:
            return simple[0]
        return self.rnd.randrange(len(node.branches))

    def _count(self, depth):
        return 0 if depth > 6 else self.rnd.choice((0, 1, 1, 2, 3) if depth < 3 else (0, 1, 1))

    def _leaf(self, node):
        kind, logical = node.kind, node.logical
        if kind == "null":
            return None
        if kind == "boolean":
            return self.rnd.random() < 0.5
        if kind in ("int", "long"):
            return self._whole(kind, logical)
        if kind in ("float", "double"):
            return self._float(kind)
        if kind == "string":
            return str(uuid.UUID(int=self.rnd.getrandbits(128))) if logical == "uuid" else self.string()
        if logical == "decimal":
            return self._decimal(node)
        size = node.size if kind == "fixed" else self.rnd.choice((0, 1, 2, 5, 20))
        return self.rnd.randbytes(size)

    def string(self):
        """A text."""
        if self.rnd.random() < 0.4:
            return self.rnd.choice(STRINGS)
        return "".join(self.rnd.choice("abcXYZ 0123456789_äß€\u00a0") for _ in range(self.rnd.randrange(24)))

    def _whole(self, kind, logical):
        if logical and self.tame:
            return self._tame_instant(logical)
        if logical == "time-millis":
            return self.rnd.randrange(DAY_MILLIS)
        if logical == "time-micros":
            return self.rnd.randrange(DAY_MILLIS * 1000)
        bits = 31 if kind == "int" else 63
        if self.rnd.random() < 0.3:
            return self.rnd.choice((0, 1, -1, 63, 64, -64, -65, (1 << bits) - 1, -(1 << bits)))
        return self.rnd.getrandbits(self.rnd.randint(1, bits)) * self.rnd.choice((1, -1))

    def _tame_instant(self, logical):
        limits = {"date": 30_000, "time-millis": DAY_MILLIS, "time-micros": DAY_MILLIS * 1000}
        if logical in limits:
            return self.rnd.randrange(limits[logical])
        return self.rnd.randrange(4_000_000_000_000 * (1000 if logical.endswith("micros") else 1))

    def _float(self, kind):
        number = self.rnd.choice(FLOATS) if self.rnd.random() < 0.4 else self.rnd.uniform(-1e6, 1e6)
        if kind == "double":
            return number
        try:
            return struct.unpack("<f", struct.pack("<f", number))[0]
        except OverflowError:
            return 1.401298464324817e-45

    def _decimal(self, node):
        most = 10 ** node.json.get("precision", 1) - 1
        unscaled = self.rnd.choice((0, most, -most, self.rnd.randint(-most, most)))
        if node.kind == "fixed":
            return unscaled.to_bytes(node.size, "big", signed=True)
        return minimal(unscaled)


def least(node, depth=0):
    """The plainest value of a type, of a union's first branch, for defaults."""
    if depth > 20 or node.kind == "union" and not node.branches:
        raise TooDeep
    plain = {"null": None, "boolean": False, "int": 0, "long": 0, "float": 0.0, "double": 0.0, "bytes": b"", "string": "", "array": [], "map": {}}
    if node.kind in plain:
        return plain[node.kind]
    if node.kind == "record":
        return {field.name: least(field.node, depth + 1) for field in node.fields}
    if node.kind == "enum":
        return node.symbols[0]
    if node.kind == "fixed":
        return bytes(node.size)
    return 0, least(node.branches[0], depth + 1)
