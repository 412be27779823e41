"""Reads what the consumer wrote and judges it: lost, twice, out of order, wrong place."""

import json
from dataclasses import dataclass, field

from daemons import Failed
from records import INSTANT

ROW_FIELDS = ["topic", "partition", "offset", "timestamp", "timestamp_type", "key", "value", "headers"]


def murmur2(data):
    """Java's murmur2, by which the Java and Python clients choose a partition."""
    mask, multiplier = 0xFFFFFFFF, 0x5BD1E995
    value = 0x9747B28C ^ len(data)
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at:at + 4], "little") * multiplier & mask
        word = (word ^ word >> 24) * multiplier & mask
        value = value * multiplier & mask ^ word
    if len(data) > whole:
        value = (value ^ int.from_bytes(data[whole:], "little")) * multiplier & mask
    value = (value ^ value >> 13) * multiplier & mask
    return value ^ value >> 15


def partition_of(key, partitions):
    """The partition of a key."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


class Output:
    """A file that grows by lines."""

    def __init__(self, path):
        self.path, self.lines, self.at = path, 0, 0

    def count(self):
        """The number of whole lines so far."""
        if self.path.exists():
            with open(self.path, "rb") as file:
                file.seek(self.at)
                while part := file.read(1 << 20):
                    self.lines += part.count(b"\n")
                    self.at += len(part)
        return self.lines

    def rows(self):
        """All lines as objects, each checked for the eight fields in their order."""
        rows = []
        with open(self.path, encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(file, 1):
                row = _row(line, number)
                if list(row) != ROW_FIELDS or row["timestamp_type"] != "CREATE_TIME" or row["headers"] != []:
                    raise Failed(f"output line {number} has the wrong shape: {line[:200]}")
                if not INSTANT.fullmatch(row["timestamp"]):
                    raise Failed(f"output line {number} has the timestamp {row['timestamp']}")
                rows.append(row)
        return rows


def _row(line, number):
    if not line.endswith("\n"):
        raise Failed(f"output line {number}, the last, has no end")
    try:
        return json.loads(line)
    except ValueError as error:
        raise Failed(f"output line {number} is not JSON: {line[:200]}") from error


@dataclass
class Verdict:
    """What became of the records of a topic."""

    first: list = field(default_factory=list)  # first occurrences, in the order they were written
    lost: int = 0
    duplicates: int = 0
    order_breaks: int = 0

    def must_be_whole(self, duplicates_allowed):
        """Fails unless each record is there, in order, and (unless allowed) once."""
        if self.lost or self.order_breaks or (self.duplicates and not duplicates_allowed):
            raise Failed(f"lost {self.lost}, order breaks {self.order_breaks}, duplicates {self.duplicates}")
        return self


def judge(rows, topic, offsets):
    """Holds rows against the log: every offset of every partition must be there, first occurrences in the log's order."""
    return judge_places(rows, topic, {(partition, offset) for partition, (earliest, latest, _) in offsets.items() for offset in range(earliest, latest)})


def judge_places(rows, topic, wanted):
    """Holds rows against (partition, offset) of the records that must be there, and no others."""
    verdict, seen, highest = Verdict(), {}, {}
    for row in rows:
        if row["topic"] != topic:
            raise Failed(f"a row of topic {row['topic']} in the output of {topic}")
        place = row["partition"], row["offset"]
        if place in seen:
            verdict.duplicates += 1
            if seen[place] != row:
                raise Failed(f"{topic}[{place[0]}]@{place[1]} was printed twice with different contents")
            continue
        seen[place] = row
        verdict.first.append(row)
        verdict.order_breaks += highest.get(place[0], -1) > place[1]
        highest[place[0]] = max(highest.get(place[0], -1), place[1])
    unknown = seen.keys() - wanted
    if unknown:
        raise Failed(f"{len(unknown)} rows with an offset that {topic} does not have there, such as {sorted(unknown)[0]}")
    verdict.lost = len(wanted - seen.keys())
    return verdict


def check_places(rows, partitions):
    """Every record lies where its key belongs."""
    for row in rows:
        wanted = partition_of(row["key"].encode(), partitions)
        if wanted != row["partition"]:
            raise Failed(f"offset {row['offset']} lies in partition {row['partition']}, its key belongs to {wanted}")


def must_be_committed(offsets):
    """The group has committed the end of every partition."""
    behind = {number: (latest, done) for number, (_, latest, done) in offsets.items() if latest and done != latest}
    if behind:
        raise Failed(f"not committed to the end, partition: (end, committed) = {behind}")


def thousands(number):
    """A number for people."""
    return f"{number:,.0f}"
