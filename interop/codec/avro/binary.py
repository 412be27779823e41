"""Avro binary, written from the specification: the third opinion beside Java's and ours."""

import struct


class BadData(Exception):
    """The bytes are not a value of the schema."""


def varint(number):
    """A long."""
    left = number << 1 ^ number >> 63
    out = bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


def minimal(number):
    """The shortest two's complement of a number, big-endian."""
    return number.to_bytes((number if number >= 0 else ~number).bit_length() // 8 + 1, "big", signed=True)


def encode(node, value, ordered=False):
    """The bytes of a value; `ordered` sorts the entries of maps and shortens decimals, so that equal values have equal bytes."""
    out = bytearray()
    _write(node, value, ordered, out)
    return bytes(out)


def _write(node, value, ordered, out):
    kind = node.kind
    if kind == "boolean":
        out.append(value)
    elif kind in ("int", "long"):
        out += varint(value)
    elif kind == "float":
        out += struct.pack("<f", value)
    elif kind == "double":
        out += struct.pack("<d", value)
    elif kind in ("string", "bytes"):
        data = value.encode() if kind == "string" else value
        if ordered and kind == "bytes" and node.logical == "decimal":
            data = minimal(int.from_bytes(data, "big", signed=True))
        out += varint(len(data)) + data
    elif kind == "fixed":
        out += value
    elif kind == "enum":
        out += varint(node.symbols.index(value))
    elif kind == "union":
        out += varint(value[0])
        _write(node.branches[value[0]], value[1], ordered, out)
    elif kind == "record":
        for field in node.fields:
            _write(field.node, value[field.name], ordered, out)
    elif kind in ("array", "map"):
        _write_block(node, value, ordered, out)


def _write_block(node, value, ordered, out):
    if value:
        out += varint(len(value))
        entries = value
        if node.kind == "map":
            entries = sorted(value.items()) if ordered else value.items()
        for entry in entries:
            if node.kind == "map":
                key = entry[0].encode()
                out += varint(len(key)) + key
                entry = entry[1]
            _write(node.items, entry, ordered, out)
    out.append(0)


def decode(node, data):
    """The value of a whole datum."""
    reader = _Reader(data)
    value = reader.value(node)
    if reader.at != len(data):
        raise BadData(f"{len(data) - reader.at} bytes are left")
    return value


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count < 0 or self.at + count > len(self.data):
            raise BadData("the data is truncated")
        self.at += count
        return self.data[self.at - count:self.at]

    def long(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value >> 1 ^ -(value & 1)

    def value(self, node):
        kind = node.kind
        if kind == "null":
            return None
        if kind == "boolean":
            return self.take(1) == b"\x01"
        if kind in ("int", "long"):
            return self.long()
        if kind in ("float", "double"):
            return struct.unpack("<f" if kind == "float" else "<d", self.take(4 if kind == "float" else 8))[0]
        if kind in ("string", "bytes"):
            data = self.take(self.long())
            return data.decode() if kind == "string" else data
        if kind == "fixed":
            return self.take(node.size)
        if kind == "enum":
            return node.symbols[self.long()]
        if kind == "union":
            number = self.long()
            return number, self.value(node.branches[number])
        if kind == "record":
            return {field.name: self.value(field.node) for field in node.fields}
        return self._block(node)

    def _block(self, node):
        found = [] if node.kind == "array" else {}
        while count := self.long():
            if count < 0:
                count = -count
                self.long()  # the size of the block
            for _ in range(count):
                if node.kind == "array":
                    found.append(self.value(node.items))
                else:
                    key = self.take(self.long()).decode()
                    found[key] = self.value(node.items)
        return found
