"""A topic is moved to Glue's frames: Confluent's frames and JSON, encoded anew by a consumer that is killed, with a broker that goes away."""

import json
import random
import time

import records
import wire
from daemons import Failed, wait_until
from output import must_be_committed, partition_of, thousands
from scenarios.ends import QUICK_SESSION
from stage import PARTITIONS, Play

LINES = 16_000
KILLS = 3
AWAY_SECONDS = 1
CHUNK = 2_000
# So small that the move takes its time.
SLOW = {"sink.batch_records": 40}
# So little that no batch of these fits, and each record does.
NARROW = {"topic.config.max.message.bytes": 1500}
CONFLUENT = b"\0\0\0\0\x2a"


def _fill(play, lines, value_of):
    """Writes orders as they are, each where its key belongs."""
    rows = {}
    for order in lines:
        key = records.key_of(order["order_id"]).encode()
        rows.setdefault(partition_of(key, PARTITIONS), []).append((key, value_of(order)))
    for partition, all_of_it in rows.items():
        for at in range(0, len(all_of_it), CHUNK):
            wire.produce(play.kafka.nodes[0].internal, play.topic, partition, all_of_it[at:at + CHUNK], int(time.time() * 1000))


def _judge(play, target, version_id, lines):
    """Each key's orders are in the target's topic, in order at their first occurrence, in frames of its schema; returns how many came again."""
    seen, last, again = set(), {}, 0
    prefix = records.frame(version_id, b"")
    for record in sorted(play.kafka.records(target), key=lambda record: (record.partition, record.offset)):
        order = records.read_frame(record.value)
        if order is None or not record.value.startswith(prefix):
            raise Failed(f"{target}[{record.partition}]@{record.offset} is no frame of the target's schema")
        line = order["ordered_at"] - lines[0]["ordered_at"]
        if not 0 <= line < len(lines) or order != lines[line]:
            raise Failed(f"{target}[{record.partition}]@{record.offset} is not equal to line {line + 1}")
        if record.key != records.key_of(order["order_id"]).encode() or record.partition != partition_of(record.key, PARTITIONS):
            raise Failed(f"line {line + 1} has another key, or lies where its key does not belong")
        if line in seen:
            again += 1
            continue
        if last.get(record.key, -1) > line:
            raise Failed(f"line {line + 1} comes first behind a later one of its key")
        seen.add(line)
        last[record.key] = line
    if len(seen) != len(lines):
        raise Failed(f"{len(lines) - len(seen)} of {len(lines)} orders are missing")
    return again


def _size(play, topic):
    return sum(latest - earliest for earliest, latest, _ in play.kafka.offsets(topic).values())


def _move(stage, name, foreign, value_of, disturbed=False, shape=None):
    """One topic moved to another; returns what is to be said of it."""
    with Play(stage, name) as play:
        target = f"{play.topic}-glue"
        play.ensure_topic()
        play.ensure({"kafka.topic": target, **(shape or {})}, 0)
        lines = records.write_lines(play.folder / "in.ndjson", LINES, keys=LINES // 20, seed=21)
        _fill(play, lines, value_of)
        settings = {**QUICK_SESSION, **foreign, **SLOW, "sink.kind": "kafka", "target.kafka.topic": target, "target.registry.resolution": "register"}
        if disturbed:
            rnd, steps = random.Random(22), LINES // (KILLS + 2)
            for kill in range(KILLS):
                consumer = play.consumer(settings)
                _wait_moved(play, consumer, target, _size(play, target) + rnd.randint(steps // 2, steps))
                consumer.kill()
        consumer = play.consumer(settings)
        if disturbed:
            _wait_moved(play, consumer, target, _size(play, target) + 500)
            stage.kafka.stop()
            time.sleep(AWAY_SECONDS)
            stage.kafka.start()
        play.wait_committed(consumer, 60)
        consumer.terminate()
        must_be_committed(play.kafka.offsets(play.topic, play.group))
        again = _judge(play, target, stage.schema_version_id(f"{target}-value"), lines)
        if again and not disturbed:
            raise Failed(f"{again} orders were written twice, and nothing had happened")
        if shape and not consumer.said("each goes by itself"):
            raise Failed("no batch was refused by a topic that takes none")
        return f"{thousands(LINES)} {name.removeprefix('migrate-')} values, lost 0, twice {thousands(again)}"


def _wait_moved(play, consumer, target, count):
    def moved():
        consumer.must_run()
        return _size(play, target) >= min(count, LINES)
    wait_until(f"{count} records are moved", moved, 60)


def migrate(stage):
    """Confluent's frames under kill -9 and a restart of the broker, and JSON into a topic that refuses its batches: all in Glue's frames, in order per key, none missing."""
    schema = stage.repository / "schemas" / "order.avsc"
    decode = {"codec.foreign": "decode", "codec.foreign_schema_file": schema}
    confluent = _move(stage, "migrate-confluent", decode, lambda order: CONFLUENT + records.avro(order), disturbed=True)
    text = _move(stage, "migrate-json", {"codec.foreign": "pass"}, lambda order: json.dumps(order).encode(), shape=NARROW)
    return f"{confluent} ({KILLS} kills, the broker away once); {text} (into a topic that refuses batches); order breaks 0"
