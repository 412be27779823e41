"""Bad input: lines that the producer must refuse and frames that the consumer cannot decode, among good neighbours."""

import json
import random
import time
import uuid

import records
import wire
from daemons import Failed, wait_until
from output import Output, judge, must_be_committed
from scenarios.flow import warm_up
from stage import Play

MAX_LINE_MIB = 1
HUGE_LINE_MB = 10
GOOD_BETWEEN = 20


def _good(rnd, sequence):
    return records.make_order(rnd, sequence, str(uuid.UUID(int=rnd.getrandbits(128), version=4)))


def _bad_lines(rnd):
    """Name, text and expected kind of each bad line."""
    order = _good(rnd, 0)
    missing = {field: value for field, value in order.items() if field != "user_id"}
    return [
        ("malformed", json.dumps(order)[:-9], "json"),
        ("missing field", json.dumps(missing), "validation"),
        ("wrong type", json.dumps({**order, "ordered_at": {"at": "noon"}}), "validation"),
        ("unknown field", json.dumps({**order, "surprise": 1}), "validation"),
        ("empty", "", "json"),
        (f"{HUGE_LINE_MB} MB", json.dumps({**order, "user_id": "x" * HUGE_LINE_MB * 1_000_000}), "too_large"),
    ]


def _write_mixed(path, rnd):
    """Good lines with a bad one after every few; returns the good orders and {line number: (name, kind)} of the bad."""
    good, bad, number = [], {}, 0
    with open(path, "w", encoding="utf-8") as file:
        for name, text, kind in [*_bad_lines(rnd), (None, None, None)]:
            for _ in range(GOOD_BETWEEN):
                good.append(_good(rnd, len(good)))
                number += 1
                file.write(json.dumps(good[-1]) + "\n")
            if name:
                number += 1
                bad[number] = (name, kind)
                file.write(text + "\n")
    return good, bad


def _printed_values(rows):
    values = [dict(row["value"], ordered_at=records.instant_ms(row["value"]["ordered_at"])) for row in rows]
    return sorted(values, key=lambda value: value["ordered_at"])


def _consume(play, count):
    """The rows of a topic that holds so many good records."""
    consumer, output = play.consumer(), Output(play.output)
    play.wait_consumed(consumer, output, count, 60)
    consumer.terminate()
    rows = output.rows()
    judge(rows, play.topic, play.kafka.offsets(play.topic)).must_be_whole(duplicates_allowed=False)
    return rows


def lines(stage):
    """Six kinds of bad lines under `skip`: exit 65, six messages with their lines, all neighbours delivered."""
    with Play(stage, "lines") as play:
        play.ensure_topic()
        rnd, path = random.Random(6), play.folder / "in.ndjson"
        good, bad = _write_mixed(path, rnd)
        producer = play.ndjson_producer(path).expect_exit(65)
        said = {int(match[1]): match[2] for match in producer.said(r"line (\d+) rejected: (\w+)")}
        if said != {number: kind for number, (_, kind) in bad.items()}:
            raise Failed(f"refused lines, as logged {said}, as written {bad}")
        leaked = [order["order_id"] for order in good if order["order_id"] in producer.log_path.read_text(encoding="utf-8")]
        if leaked:
            raise Failed("an order's id is in the log")
        if _printed_values(_consume(play, len(good))) != good:
            raise Failed("the good lines did not come back equal")
        names = ", ".join(f"{name} ({kind})" for name, kind in bad.values())
        return f"exit 65, {len(bad)} refused: {names}; {len(good)} of {len(good)} good lines delivered"


def counted_lines(stage):
    """The same lines on stdin, held open: each refusal is counted by kind, and I6 holds at rest."""
    with Play(stage, "counted-lines") as play:
        play.ensure_topic()
        path = play.folder / "in.ndjson"
        good, bad = _write_mixed(path, random.Random(7))
        with open(path, "rb") as file:
            producer = play.producer({"source.kind": "ndjson", "source.path": "-", "source.rate": "0/s"}, stdin=-1)
            producer.process.stdin.write(file.read())
            producer.process.stdin.flush()
        total = len(good) + len(bad)
        wait_until("all lines are settled", lambda: _settled(producer) == total, 30)
        wanted = {kind: sum(found == kind for _, found in bad.values()) for kind in ("json", "validation", "too_large")}
        counted = {kind: producer.metric("producer_records_rejected_total", kind=kind) for kind in wanted}
        if counted != wanted or producer.metric("producer_records_read_total") != total:
            raise Failed(f"counted {counted}, wanted {wanted}")
        producer.process.stdin.close()
        producer.expect_exit(65)
        return f"{total} lines read = {len(bad)} rejected ({', '.join(f'{kind} {n}' for kind, n in wanted.items())}) + {len(good)} delivered"


def _settled(producer):
    producer.must_run()
    if producer.status("/metrics") != 200:
        return 0
    return producer.metric("producer_records_delivered_total") + producer.metric("producer_records_rejected_total")


def stop_at_line(stage):
    """`on_reject = stop`: exit 65 at the first bad line, all before it delivered, nothing after. And unknown fields, ignored."""
    with Play(stage, "stop-at-line") as play:
        play.ensure_topic()
        rnd, path = random.Random(8), play.folder / "in.ndjson"
        good, _ = _write_mixed(path, rnd)
        play.ndjson_producer(path, {"source.on_reject": "stop"}).expect_exit(65)
        if play.log_size() != GOOD_BETWEEN:
            raise Failed(f"{play.log_size()} records delivered before the bad line, not {GOOD_BETWEEN}")
        extra = _good(rnd, GOOD_BETWEEN)
        path.write_text(json.dumps({**extra, "surprise": {"deep": [1]}}) + "\n", encoding="utf-8")
        play.ndjson_producer(path, {"source.unknown_fields": "ignore"}).expect_exit(0)
        if _printed_values(_consume(play, GOOD_BETWEEN + 1)) != [*good[:GOOD_BETWEEN], extra]:
            raise Failed("the good lines did not come back equal")
        return f"exit 65 after {GOOD_BETWEEN} of {len(good)} good lines; an unknown field, ignored, is dropped: exit 0"


def _bad_frames(version_id, payload):
    """Name, bytes and expected kind of each frame that cannot be decoded."""
    return [
        ("wrong header", b"\x07" + records.frame(version_id, payload)[1:], "header"),
        ("wrong compression byte", records.frame(version_id, payload, compression=9), "header"),
        ("truncated", records.frame(version_id, payload[:-9]), "truncated"),
        ("unknown version id", records.frame(str(uuid.uuid4()), payload), "schema_unavailable"),
        ("empty value", b"", "header"),
    ]


def _seed_schema(play):
    """Registers the schema by sending one order; returns its version's id."""
    play.producer({"source.max_records": 1, "source.rate": "0/s"}).expect_exit(0)
    return play.stage.schema_version_id(f"{play.topic}-value")


def _inject(play, rows):
    """Writes rows of (key, value) to partition 0, as they are; returns the first offset."""
    now_ms = int(time.time() * 1000)
    return wire.produce(play.kafka.nodes[0].internal, play.topic, 0, rows, now_ms)


def _good_row(order, version_id):
    return records.key_of(order["order_id"]).encode(), records.frame(version_id, records.avro(order))


def frames(stage):
    """Bad frames and a tombstone under `log`: each said once with its place and kind, the neighbours printed, all committed."""
    with Play(stage, "frames", partitions=1) as play:
        warm_up(play)
        rnd, version_id = random.Random(10), _seed_schema(play)
        good = [_good(rnd, number) for number in range(6)]
        bad = _bad_frames(version_id, records.avro(good[0]))
        rows, wanted = [], {}
        for order, (_, value, kind) in zip(good, bad):
            rows += [_good_row(order, version_id), (b"bad", value)]
            wanted[len(rows)] = kind  # offset 0 is the order that registered the schema
        rows += [(b"gone", None), _good_row(good[5], version_id)]
        _inject(play, rows)
        end = 1 + len(rows)
        consumer, output = play.consumer({"dead_letter.policy": "log"}), Output(play.output)
        play.wait_consumed(consumer, output, end - len(bad), 60)
        wait_until("the log says each bad frame", lambda: len(_places(consumer)) == len(bad), 30)
        if _places(consumer) != wanted:
            raise Failed(f"offsets and kinds, as logged {_places(consumer)}, as written {wanted}")
        skipped = {kind: consumer.metric("codec_errors_total", kind=kind) for kind in set(wanted.values())}
        consumer.terminate()
        must_be_committed(play.kafka.offsets(play.topic, play.group))
        printed = output.rows()
        tombstones = [row for row in printed if row["value"] is None]
        if [row["key"] for row in tombstones] != ["gone"]:
            raise Failed(f"{len(tombstones)} tombstones were printed")
        if _printed_values([row for row in printed if row["value"] and row["offset"]]) != good:
            raise Failed("the good frames did not come back equal")
        if {row["offset"] for row in printed} & wanted.keys():
            raise Failed("a bad frame was printed")
        if skipped != {kind: sum(other == kind for other in wanted.values()) for kind in skipped}:
            raise Failed(f"counted {skipped}, wanted {wanted}")
        names = ", ".join(f"{name} ({kind})" for name, _, kind in bad)
        return f"{len(bad)} undecodable: {names}; tombstone printed, {len(good)} of {len(good)} neighbours equal, committed to the end"


def dead_letters(stage):
    """With a topic for them and no policy set, bad frames go there, their neighbours are printed, and all is committed."""
    with Play(stage, "dead-letters", partitions=1) as play:
        warm_up(play)
        rnd, version_id = random.Random(12), _seed_schema(play)
        order = _good(rnd, 0)
        bad = _bad_frames(version_id, records.avro(order))
        rows = [row for _, value, _ in bad for row in (_good_row(order, version_id), (b"bad", value))]
        _inject(play, rows)
        consumer, output = play.consumer(), Output(play.output)
        play.wait_consumed(consumer, output, 1 + len(bad), 60)
        play.wait_committed(consumer, 30)
        letters = consumer.metric("consumer_records_processed_total", result="dead_lettered")
        consumer.terminate()
        stored = sum(latest - earliest for earliest, latest, _ in play.kafka.offsets(f"{play.topic}-dead-letters").values())
        if not letters == stored == len(bad):
            raise Failed(f"{letters:.0f} dead letters counted, {stored} in their topic, {len(bad)} bad frames")
        if _printed_values([row for row in output.rows() if row["offset"]]) != [order] * len(bad):
            raise Failed("the good frames did not come back equal")
        _replay(play, len(bad))
        return f"{stored} of {len(bad)} bad frames in {play.topic}-dead-letters and replayed from there, {len(bad)} of {len(bad)} neighbours equal, committed to the end"


def _replay(play, count):
    """All letters go back to their topic, once, after a look that leaves everything as it is."""
    before = play.log_size()
    if f"\nreplay {count}\n" not in play.replay("--dry-run") or play.log_size() != before:
        raise Failed("the dry run does not print what there is, or has written")
    drawn = play.watched_replay()
    if f"{count} of {count} letters, {count} replayed, 0 skipped" not in drawn or "[####" not in drawn:
        raise Failed(f"no full bar on the terminal: {drawn[-300:]!r}")
    play.replay()
    letters, group = f"{play.topic}-dead-letters", f"{play.group}-replay"
    if play.log_size() != before + count:
        raise Failed(f"{play.log_size() - before} of {count} letters came back")
    if any(done != latest for _, latest, done in play.kafka.offsets(letters, group).values() if latest):
        raise Failed(f"{group} has not committed all letters")


def _places(consumer):
    """{offset: kind} of the log lines about records that could not be decoded."""
    consumer.must_run()
    found = {}
    for entry in consumer.log():
        flat = {**entry, **entry.get("fields", {})}
        if "kind" in flat and "offset" in flat:
            found[int(flat["offset"])] = flat["kind"]
    return found


def stop_at_frame(stage):
    """`dead_letter.policy = stop`: exit 65 for each kind of bad frame, all before it printed, its own offset not committed."""
    endings = []
    for name in [bad[0] for bad in _bad_frames(str(uuid.uuid4()), b"x" * 20)]:
        endings.append(_stop_at(stage, name))
    return f"exit 65 for {', '.join(endings)}; {GOOD_BETWEEN} before each printed and committed, the bad offset not"


def _stop_at(stage, name):
    with Play(stage, f"stop-at-{name.replace(' ', '-')}", partitions=1) as play:
        play.ensure_topic()
        rnd, version_id = random.Random(11), _seed_schema(play)
        before = [_good(rnd, number) for number in range(GOOD_BETWEEN)]
        value = {bad[0]: bad[1] for bad in _bad_frames(version_id, records.avro(before[0]))}[name]
        rows = [_good_row(order, version_id) for order in before]
        _inject(play, [*rows, (b"bad", value), *rows])
        bad_offset = 1 + len(before)
        play.consumer({"dead_letter.policy": "stop"}).expect_exit(65, 60)
        printed = [row for row in Output(play.output).rows() if row["offset"] > 0]
        if _printed_values(printed) != before:
            raise Failed(f"{name}: {len(printed)} printed before the bad frame, not {len(before)}")
        committed = play.kafka.offsets(play.topic, play.group)[0][2]
        if committed != bad_offset:
            raise Failed(f"{name}: committed {committed}, the bad frame is at {bad_offset}")
        return name
