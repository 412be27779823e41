"""The few requests of the Kafka protocol that tests need, over a plain socket: no JVM to start, no library to install."""

import socket
import struct
import time
from dataclasses import dataclass

PRODUCE, LIST_OFFSETS, METADATA, OFFSET_FETCH, FIND_COORDINATOR, CREATE_TOPICS = 0, 2, 3, 9, 10, 19
TOPIC_ALREADY_EXISTS = 36
NO_LEADER_YET = (3, 5, 6, 74, 75, 78)  # a partition whose broker comes back: unknown, without a leader, of another epoch
NO_COORDINATOR_YET = (14, 15, 16)  # a group whose coordinator comes back: loading, not known, elsewhere
SETTLE_SECONDS = 20
EARLIEST, LATEST = -2, -1


class KafkaError(Exception):
    """An answer of the broker that carries an error code."""

    def __init__(self, what, code):
        super().__init__(f"{what}: Kafka error {code}")
        self.code = code


def when_settled(ask):
    """What `ask` returns, asked again while the broker answers that it has just come back and is not ready for it."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        try:
            return ask()
        except KafkaError as error:
            if error.code not in NO_LEADER_YET + NO_COORDINATOR_YET or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class Reader:
    """Reads the primitive types of the protocol from an answer."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def _take(self, form):
        value = struct.unpack_from(form, self.data, self.at)[0]
        self.at += struct.calcsize(form)
        return value

    def int8(self):
        return self._take(">b")

    def int16(self):
        return self._take(">h")

    def int32(self):
        return self._take(">i")

    def int64(self):
        return self._take(">q")

    def string(self):
        length = self.int16()
        if length < 0:
            return None
        self.at += length
        return self.data[self.at - length:self.at].decode()

    def bytes(self):
        length = self.int32()
        self.at += max(length, 0)
        return self.data[self.at - length:self.at] if length >= 0 else b""

    def array(self, item):
        return [item() for _ in range(self.int32())]


def text(value):
    """A string, or null."""
    if value is None:
        return struct.pack(">h", -1)
    return struct.pack(">h", len(value.encode())) + value.encode()


def array(items):
    """An array of encoded items."""
    return struct.pack(">i", len(items)) + b"".join(items)


@dataclass
class Node:
    """A broker as a Metadata answer names it."""

    id: int
    host: str
    port: int


class Connection:
    """One connection to one broker; requests are answered in order."""

    def __init__(self, address, timeout=5.0):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, api, version, body):
        """Sends one request and returns a reader of the answer's body."""
        request = struct.pack(">hhi", api, version, 1) + text("interop") + body
        self.socket.sendall(struct.pack(">i", len(request)) + request)
        answer = Reader(self._exactly(struct.unpack(">i", self._exactly(4))[0]))
        answer.int32()  # correlation id
        return answer

    def _exactly(self, count):
        parts = bytearray()
        while len(parts) < count:
            part = self.socket.recv(count - len(parts))
            if not part:
                raise ConnectionError("the broker closed the connection")
            parts += part
        return bytes(parts)


def metadata(address, topics=None, timeout=5.0):
    """The brokers, the controller's id and, for each topic asked for, {partition: its leader's id, -1 without one}."""
    with Connection(address, timeout) as broker:
        answer = broker.ask(METADATA, 1, array([text(topic) for topic in topics or []]))

    def node():
        found = Node(answer.int32(), answer.string(), answer.int32())
        answer.string()  # rack
        return found

    def partition():
        error, number, leader = answer.int16(), answer.int32(), answer.int32()
        answer.array(answer.int32)  # replicas
        answer.array(answer.int32)  # in sync
        return number, -1 if error else leader

    def topic():
        error, name = answer.int16(), answer.string()
        answer.int8()  # internal
        partitions = dict(answer.array(partition))
        return name, {} if error else partitions

    nodes, controller = answer.array(node), answer.int32()
    return nodes, controller, dict(answer.array(topic))


def create_topic(address, name, partitions, replication=1):
    """Creates a topic; False when it was there already. The controller may be another node: Kafka forwards the request."""
    one = text(name) + struct.pack(">ih", partitions, replication) + array([]) + array([])
    with Connection(address, 30.0) as broker:
        answer = broker.ask(CREATE_TOPICS, 2, array([one]) + struct.pack(">ib", 20_000, 0))
    answer.int32()  # throttle
    (error,) = answer.array(lambda: (answer.string(), answer.int16(), answer.string())[1])
    if error not in (0, TOPIC_ALREADY_EXISTS):
        raise KafkaError(f"creating topic {name}", error)
    return error == 0


def offsets(address, topic, partitions, timestamp):
    """The earliest or latest offset of each of these partitions, all of which this broker leads."""
    asked = array([struct.pack(">iq", partition, timestamp) for partition in partitions])
    with Connection(address) as broker:
        answer = broker.ask(LIST_OFFSETS, 1, struct.pack(">i", -1) + array([text(topic) + asked]))

    def partition():
        number, error, _, offset = answer.int32(), answer.int16(), answer.int64(), answer.int64()
        if error:
            raise KafkaError(f"offsets of {topic}[{number}]", error)
        return number, offset

    (found,) = answer.array(lambda: (answer.string(), answer.array(partition))[1])
    return dict(found)


def coordinator(address, group):
    """The address of the broker that keeps a group's offsets."""
    with Connection(address) as broker:
        answer = broker.ask(FIND_COORDINATOR, 0, text(group))
    error = answer.int16()
    if error:
        raise KafkaError(f"coordinator of {group}", error)
    answer.int32()  # its id
    return f"{answer.string()}:{answer.int32()}"


def committed(broker, group, topic, partitions):
    """The committed offset of each partition, over a connection to the coordinator; -1 where the group has none."""
    asked = array([struct.pack(">i", partition) for partition in partitions])
    answer = broker.ask(OFFSET_FETCH, 1, text(group) + array([text(topic) + asked]))

    def partition():
        number, offset, _, error = answer.int32(), answer.int64(), answer.string(), answer.int16()
        if error:
            raise KafkaError(f"committed offset of {topic}[{number}]", error)
        return number, offset

    (found,) = answer.array(lambda: (answer.string(), answer.array(partition))[1])
    return dict(found)


def _crc32c_table():
    for index in range(256):
        for _ in range(8):
            index = (index >> 1) ^ (0x82F63B78 if index & 1 else 0)
        yield index


CRC32C = tuple(_crc32c_table())


def crc32c(data):
    """The checksum of a record batch."""
    value = 0xFFFFFFFF
    for byte in data:
        value = (value >> 8) ^ CRC32C[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def varint(value):
    """A signed integer, zig-zag, least significant group first; Avro's long has the same form."""
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value & ~0x7F:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _sized(data):
    return varint(-1) if data is None else varint(len(data)) + data


def _batch(records, now_ms):
    encoded = b""
    for index, (key, value) in enumerate(records):
        record = b"\0" + varint(0) + varint(index) + _sized(key) + _sized(value) + varint(0)
        encoded += varint(len(record)) + record
    body = struct.pack(">hiqqqhii", 0, len(records) - 1, now_ms, now_ms, -1, -1, -1, len(records)) + encoded
    head = struct.pack(">iBI", -1, 2, crc32c(body))
    return struct.pack(">qi", 0, len(head) + len(body)) + head + body


def produce(address, topic, partition, records, now_ms):
    """Writes (key, value) records of bytes or None, as they are, to one partition; returns the first one's offset."""
    batch = _batch(records, now_ms)
    data = text(topic) + array([struct.pack(">ii", partition, len(batch)) + batch])
    with Connection(address) as broker:
        answer = broker.ask(PRODUCE, 3, text(None) + struct.pack(">hi", -1, 10_000) + array([data]))

    def written():
        number, error, offset, _ = answer.int32(), answer.int16(), answer.int64(), answer.int64()
        if error:
            raise KafkaError(f"producing to {topic}[{number}]", error)
        return offset

    ((offset,),) = answer.array(lambda: (answer.string(), answer.array(written))[1])
    return offset
