"""Reads a topic's log record by record, by Fetch requests of our own: what a scan finds owes nothing to the product's client."""

import gzip
import struct
from dataclasses import dataclass, field

import lz4
import wire

FETCH = 1
READ_UNCOMMITTED = 0
PART_BYTES = 4 << 20
BATCH_HEAD = struct.Struct(">qiiBIhiqqqhii")  # base offset .. record count
CRC_FROM = 21  # the checksum covers what follows it
CONTROL = 0x20
UNPACK = {0: bytes, 1: gzip.decompress, 3: lz4.decompress}


@dataclass(slots=True)
class Record:
    """One record as it lies in the log."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: list = field(default_factory=list)


def scan(leaders, topic, ends):
    """All records below the end of each partition, in order of partition and offset."""
    found = []
    for partition, end in sorted(ends.items()):
        with wire.Connection(leaders[partition], 30.0) as broker:
            at = 0
            while at < end:
                records, after = _fetch(broker, topic, partition, at)
                found += [record for record in records if at <= record.offset < end]
                if after <= at:
                    raise wire.KafkaError(f"{topic}[{partition}] has nothing at {at}, below its end {end}", 1)
                at = after
    return found


def _fetch(broker, topic, partition, offset):
    """The records of the batches from an offset on, and the offset after them."""
    body = struct.pack(">iiiib", -1, 500, 1, PART_BYTES, READ_UNCOMMITTED)
    body += wire.array([wire.text(topic) + wire.array([struct.pack(">iqi", partition, offset, PART_BYTES)])])
    answer = broker.ask(FETCH, 4, body)
    answer.int32()  # throttle

    def part():
        number, error = answer.int32(), answer.int16()
        answer.int64(), answer.int64()  # high watermark, last stable offset
        answer.array(lambda: (answer.int64(), answer.int64()))  # aborted transactions
        if error:
            raise wire.KafkaError(f"fetching {topic}[{number}]", error)
        return answer.bytes()

    ((data,),) = answer.array(lambda: (answer.string(), answer.array(part))[1])
    return _batches(partition, data, offset)


def _batches(partition, data, after):
    records, at = [], 0
    while at + BATCH_HEAD.size <= len(data):
        base, length, _, magic, checksum, attributes, last, *_, count = BATCH_HEAD.unpack_from(data, at)
        end = at + 12 + length
        if end > len(data):
            break  # cut off by the size asked for
        if magic != 2:
            raise ValueError(f"a batch of version {magic}")
        body = data[at + BATCH_HEAD.size:end]
        if not attributes & CONTROL:
            records += list(_records(partition, base, count, UNPACK[attributes & 7](body)))
        after, at = base + last + 1, end
    return records, after


def verify(batch):
    """Whether a batch's checksum is right. Slow, for tests."""
    return wire.crc32c(batch[CRC_FROM:]) == BATCH_HEAD.unpack_from(batch)[4]


def varint_at(data, at):
    """A signed integer and where what follows it begins."""
    byte = data[at]
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at + 1
    value, shift = byte & 0x7F, 7
    while True:
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at + 1
        shift += 7


def _sized(data, at):
    length, at = varint_at(data, at)
    return (None, at) if length < 0 else (data[at:at + length], at + length)


def _records(partition, base, count, data):
    at = 0
    for _ in range(count):
        length, at = varint_at(data, at)
        end = at + length
        _, at = varint_at(data, at + 1)  # attributes, then the timestamp's difference
        delta, at = varint_at(data, at)
        key, at = _sized(data, at)
        value, at = _sized(data, at)
        headers, (many, at) = [], varint_at(data, at)
        for _ in range(many):
            name, at = _sized(data, at)
            content, at = _sized(data, at)
            headers.append((name.decode(errors="replace"), content))
        if at != end:
            raise ValueError(f"the record at {partition}@{base + delta} does not end where it says")
        yield Record(partition, base + delta, key, value, headers)
