"""The stream as it should run: the topic is made, orders and lines go through, and what it costs is measured."""

import json
import time
from contextlib import ExitStack

import records
import scale
from daemons import Failed, wait_until
from output import Output, check_places, judge, must_be_committed, thousands
from stage import Play

ORDERS = 200_000
LINES = 20_000
RATES = [(10, 1), (100, 8), (1_999, 3), (10_000, 2)]  # records a second, workers
FASTEST = (100_000, 2)  # alone, and by hand: rings beside this one want the processors, too
RATE_SECONDS = 10
OFF = 0.01  # of the rate, and one record at either end of the time


def topics(stage):
    """`topics ensure` makes topics, warns of differences, adds partitions only when told, takes none away; `--check` changes nothing."""
    with Play(stage, "topics") as play:
        letters = f"{play.topic}-dead-letters"
        settings = {"topic.config.retention.ms": 86_400_000, "topic.config.max.message.bytes": 2_000_000, "topic.replication": 1}
        _must_say(play.ensure(settings, 1, "--check"), [f"topic {play.topic}: missing", f"topic {letters}: missing"])
        if play.kafka.partitions(play.topic) or play.kafka.partitions(letters):
            raise Failed("--check has made a topic")
        said = play.ensure(settings, 0)[1]
        _must_have(play, play.partitions)
        _must_say(play.ensure(settings, 0, "--check"), [])
        said += play.ensure(settings, 0)[1]
        other = {**settings, "topic.partitions": 9, "topic.replication": 3, "topic.config.retention.ms": 1000, "dead_letter.config.retention.ms": 5}
        drift = [f"topic {play.topic}: partitions 6, wanted 9", f"topic {play.topic}: replication 1, wanted 3", f"topic {play.topic}: retention.ms 86400000, wanted 1000",
                 f"topic {letters}: partitions 6, wanted 9", f"topic {letters}: replication 1, wanted 3", f"topic {letters}: retention.ms 604800000, wanted 5"]
        _must_say(play.ensure(other, 1, "--check"), drift)
        told = json.loads(play.ensure(other, 1, "--check", "--output", "json")[1][0])["differences"]
        if [f"topic {one['topic']}: {one['difference']}" for one in told] != drift:
            raise Failed(f"for programs it printed {told}, not {drift}")
        ensured, _ = play.ensure(other, 0)
        unsaid = [line for line in drift if not ensured.said(line)]
        if unsaid:
            raise Failed(f"no warning of {unsaid}")
        _must_have(play, play.partitions)
        said += play.ensure({**settings, "topic.partitions": 9}, 0, "--add-partitions")[1]
        _must_have(play, 9)
        _must_say(play.ensure({**settings, "topic.partitions": 9}, 0, "--check"), [])
        told = json.loads(play.ensure({**settings, "topic.partitions": 9}, 0, "--output", "json")[1][0])["topics"]
        if told != [{"topic": topic, "done": "existed", "partitions": 9, "differences": []} for topic in (play.topic, letters)]:
            raise Failed(f"for programs it printed {told}")
        for options in ([], ["--add-partitions"]):
            if not play.ensure({**settings, "topic.partitions": 3}, 78, *options)[0].said("has 9 partitions and topic.partitions asks for 3"):
                raise Failed("it is not said that there are more partitions than asked for")
        _must_have(play, 9)
        _compacted_dead_letters(play)
        play.ensure({"kafka.topic": f"{play.topic}-wrong", "topic.config.retention.mss": 1}, 78)
        return "; ".join(said)


def _compacted_dead_letters(play):
    """A topic that loses dead letters, or has no room for the largest, is not as it should be."""
    compacted = f"{play.topic}-compacted"
    play.ensure({"kafka.topic": compacted, "topic.config.cleanup.policy": "compact", "dead_letter.policy": "stop"}, 0)
    drift = [f"topic {compacted}: cleanup.policy compact, wanted delete", f"topic {compacted}: max.message.bytes 1048588, wanted at least 2065536"]
    _must_say(play.ensure({"topic.partitions": 9, "dead_letter.topic": compacted}, 1, "--check"),
              [f"topic {compacted}: partitions 6, wanted 9", *drift])


def _must_have(play, partitions):
    for topic in (play.topic, f"{play.topic}-dead-letters"):
        if play.kafka.partitions(topic) != partitions:
            raise Failed(f"{topic} has {play.kafka.partitions(topic)} partitions, not {partitions}")


def _must_say(ensured, lines):
    if ensured[1] != lines:
        raise Failed(f"it printed {ensured[1]}, not {lines}")


def warm_up(play):
    """Makes the topic and lets a consumer join and leave: a fresh cluster's first group takes seconds that are not ours."""
    play.ensure_topic()
    other = play.stage.folder / f"warm-up-{play.topic}"
    consumer = play.consumer({"kafka.group_id": f"{play.group}-warm-up", "sink.path": other})
    consumer.wait_ready(30)
    consumer.terminate()


def costs(count, producer, consumer, read_rate):
    """Rates, and CPU of each process alone, its start and end included."""
    made = f"{thousands(count / producer.wall_seconds)}/s, {producer.cpu_seconds * 1e6 / count:.2f} CPU-s/M, {producer.peak_mib():.0f} MiB"
    rate = f"{thousands(read_rate)}/s" if read_rate else "too quick to time"
    read = f"{rate}, {consumer.cpu_seconds * 1e6 / count:.2f} CPU-s/M, {consumer.peak_mib():.0f} MiB"
    return f"producer {made}; consumer {read}"


def check_orders(rows, began_ms, ended_ms):
    """Each order is one of the original's, keyed by its id, and the distributions reach their ends."""
    ids, users, products, quantities, lengths = set(), set(), set(), set(), set()
    for row in rows:
        value = row["value"]
        problem = records.problem_of_generated(value, began_ms, ended_ms)
        if problem:
            raise Failed(f"offset {row['offset']} of partition {row['partition']}: {problem}")
        if row["key"] != records.key_of(value["order_id"]):
            raise Failed(f"offset {row['offset']} of partition {row['partition']}: the key is not the order's")
        ids.add(value["order_id"])
        users.add(value["user_id"])
        lengths.add(len(value["order_items"]))
        for item in value["order_items"]:
            products.add(item["product_id"])
            quantities.add(item["quantity"])
    found = (len(ids), len(users), len(products), len(quantities), len(lengths))
    if found != (len(rows), len(records.USERS), 9999, 10, 4):
        raise Failed(f"ids, users, products, quantities, lengths: {found}")


def orders(stage):
    """200,000 orders as fast as they go, on defaults, to stdout."""
    with Play(stage, "orders", topic="orders", group="orders-group-01") as play:
        warm_up(play)
        began_ms = int(time.time() * 1000) - 1
        producer = play.producer({"source.rate": "0/s", "source.max_records": ORDERS}).expect_exit(0, 120)
        ended_ms = int(time.time() * 1000) + 1
        if play.log_size() != ORDERS:
            raise Failed(f"the log has {play.log_size()} records, not {ORDERS}")
        consumer = play.consumer({"sink.kind": "stdout"})
        output = Output(consumer.out_path)
        read_rate = play.wait_consumed(consumer, output, ORDERS, 120)
        consumer.terminate()
        rows = output.rows()
        offsets = play.kafka.offsets(play.topic, play.group)
        judge(rows, play.topic, offsets).must_be_whole(duplicates_allowed=False)
        must_be_committed(offsets)
        check_orders(rows, began_ms, ended_ms)
        check_places(rows, play.partitions)
        return f"{thousands(len(rows))} made, in the log and printed, lost 0; {costs(ORDERS, producer, consumer, read_rate)}"


def rate(stage):
    """Rates from 10/s on, with several workers, side by side: each is held within 1 %."""
    return ", ".join(_measure(stage, RATES) + (_measure(stage, [FASTEST]) if scale.is_long else []))


def _measure(stage, rates):
    plays = [Play(stage, f"rate-{wanted}") for wanted, _ in rates]
    with ExitStack() as stack:
        for play in plays:
            stack.enter_context(play).ensure_topic()
        producers = [play.producer({"source.rate": f"{wanted}/s", "source.workers": workers}) for play, (wanted, workers) in zip(plays, rates)]
        for producer in producers:
            wait_until("records flow", lambda producer=producer: producer.must_run() or producer.status("/ready") == 200, 30)
        early = [_read_at(producer) for producer in producers]
        time.sleep(RATE_SECONDS)
        late = [_read_at(producer) for producer in producers]
        for producer in producers:
            producer.terminate()
        return [_held(*one) for one in zip(rates, early, late)]


def _held(rate_of, early, late):
    wanted, workers = rate_of
    seconds, made = late[0] - early[0], late[1] - early[1]
    if abs(made - wanted * seconds) > OFF * wanted * seconds + 2:
        raise Failed(f"{workers} workers made {made:.0f} records in {seconds:.2f} s at {wanted}/s")
    return f"{made / seconds:,.1f}/s of {thousands(wanted)}/s by {workers} workers"


def _read_at(producer):
    """The time and the records read by then."""
    before = time.monotonic()
    read = producer.metric("producer_records_read_total")
    return (before + time.monotonic()) / 2, read


def equal_values(rows, wanted):
    """Every row's value is one of the lines, instant for text, and each line is there once, in the file's order per key."""
    by_line, last_line, breaks = {}, {}, 0
    for row in rows:
        value = dict(row["value"], ordered_at=records.instant_ms(row["value"]["ordered_at"]))
        line = value["ordered_at"] - wanted[0]["ordered_at"]
        if not 0 <= line < len(wanted) or value != wanted[line] or list(row["value"]) != records.FIELDS:
            raise Failed(f"offset {row['offset']} of partition {row['partition']} is not equal to line {line + 1}")
        if row["key"] != records.key_of(value["order_id"]):
            raise Failed(f"line {line + 1} has another key than its order's")
        breaks += last_line.get(row["key"], -1) >= line
        last_line[row["key"]] = line
        by_line[line] = by_line.get(line, 0) + 1
    return by_line, breaks


def ndjson(stage):
    """20,000 lines of a file, each back with equal values, in order per key."""
    with Play(stage, "ndjson") as play:
        warm_up(play)
        lines = records.write_lines(play.folder / "in.ndjson", LINES, keys=LINES // 10, seed=3)
        consumer = play.consumer()
        producer = play.ndjson_producer(play.folder / "in.ndjson").expect_exit(0, 60)
        output = Output(play.output)
        read_rate = play.wait_consumed(consumer, output, LINES, 60)
        consumer.terminate()
        rows = output.rows()
        judge(rows, play.topic, play.kafka.offsets(play.topic)).must_be_whole(duplicates_allowed=False)
        check_places(rows, play.partitions)
        by_line, breaks = equal_values(rows, lines)
        if len(by_line) != LINES or breaks:
            raise Failed(f"{len(by_line)} of {LINES} lines came back, {breaks} out of their key's order")
        return f"{thousands(LINES)} lines over {len({row['key'] for row in rows})} keys, equal {len(by_line)}, order breaks 0; " \
               f"{costs(LINES, producer, consumer, read_rate)}"
