"""LZ4 frames, read by hand: librdkafka's default compression of batches, which Python's library has not."""

MAGIC = b"\x04\x22\x4d\x18"
CONTENT_SIZE, DICTIONARY, BLOCK_CHECKSUM = 0x08, 0x01, 0x10
STORED = 0x8000_0000
SHORTEST_MATCH = 4


def decompress(frame):
    """The content of one frame; checksums are not checked, the batch around it has one."""
    if frame[:4] != MAGIC:
        raise ValueError("not an LZ4 frame")
    flags = frame[4]
    at = 7 + (8 if flags & CONTENT_SIZE else 0) + (4 if flags & DICTIONARY else 0)
    out = bytearray()
    while size := int.from_bytes(frame[at:at + 4], "little"):
        at += 4
        length = size & ~STORED
        if size & STORED:
            out += frame[at:at + length]
        else:
            _block(frame, at, at + length, out)
        at += length + (4 if flags & BLOCK_CHECKSUM else 0)
    return bytes(out)


def _block(data, at, end, out):
    """Appends one block's content; matches may reach back into the blocks before."""
    while True:
        token = data[at]
        at += 1
        length = token >> 4
        if length == 15:
            length, at = _longer(data, at, length)
        out += data[at:at + length]
        at += length
        if at >= end:
            return
        distance = data[at] | data[at + 1] << 8
        at += 2
        length = token & 15
        if length == 15:
            length, at = _longer(data, at, length)
        length += SHORTEST_MATCH
        start = len(out) - distance
        if distance >= length:
            out += out[start:start + length]
        else:
            out += (out[start:] * (length // distance + 1))[:length]


def _longer(data, at, length):
    while True:
        more = data[at]
        at += 1
        length += more
        if more != 255:
            return length, at
