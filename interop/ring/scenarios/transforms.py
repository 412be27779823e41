"""Conditions, changes and routes: the consumer dies again and again, and each record is where its fields say, and shows what it may."""

import json
import random
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field

import payments
import wire
from daemons import Failed, wait_until
from output import Output, judge_places, must_be_committed, partition_of, thousands
from scenarios import lakes
from scenarios.load import prepare
from stage import Play

LINES, KILLS = 20_000, 4
SECONDS_A_KILL = 3  # of payments: there are new ones for each of the consumer's lives
BURIED = 60  # payments, before each death, whose keys come once more without a value
SESSION = {"kafka.properties.session.timeout.ms": 6000, "kafka.properties.heartbeat.interval.ms": 500, "consumer.instance_id": "first"}
BATCHES = {"sink.batch_records": 100}
NOWHERE = [("transform.drop", '["customer.nowhere"]'), ("route.field", "nowhere"), ("sinks.lake.partition_by", "field:nowhere")]


@dataclass
class Written:
    """What is in the topic, as its log says, and what is to be in each sink."""

    count: int = 0
    tombstones: int = 0
    sinks: dict = field(default_factory=lambda: {name: {} for name in payments.SINKS})

    @classmethod
    def of(cls, log, lines):
        """By the records of a log, whose keys have the numbers of the lines that were written."""
        written = cls()
        for record in log:
            key = record.key.decode()
            payment = None if record.value is None else lines[int(key.removeprefix(payments.key_of("")))]
            written.count += 1
            written.tombstones += payment is None
            for name in payments.sinks_of(payment):
                written.sinks[name][record.partition, record.offset] = key, payment
        return written

    def must_be(self, sink, where, key, value):
        """Fails unless a record of a sink is as it has to be."""
        wanted, payment = self.sinks[sink][where]
        left = payment and payments.left_of(payment)
        if (key, value) != (wanted, left):
            raise Failed(f"{sink}: record {where} is {key} {value}, not {wanted} {left}")


def transform(stage):
    """Two files and a lake by a field's value under kill -9: each record that passes is in its sink and no other, masked as Python's hmac masks it."""
    with Play(stage, "transform") as play:
        prepare(play)
        with open(play.config, "a", encoding="utf-8") as file:
            file.write(payments.settings(play.folder))
        lines = payments.write_lines(play.folder / "in.ndjson", LINES, seed=31)
        schema = play.folder / "payment.avsc"
        schema.write_text(json.dumps(payments.SCHEMA), encoding="utf-8")
        producer = play.ndjson_producer(play.folder / "in.ndjson", {
            "registry.schema_file": schema, "source.key_template": payments.key_of("{number}"), "source.rate": f"{LINES / (KILLS * SECONDS_A_KILL):.0f}/s"})
        wait_until("payments are written", lambda: producer.must_run() or play.log_size() > 2 * BURIED, 60)
        _look(play)
        repeated, removed = _die(play)
        producer.expect_exit(0, 120)
        play.consumer({**SESSION, **BATCHES, "consumer.until": "end"}).expect_exit(0, 120)
        return f"{KILLS} kills, {_judge(play, lines, repeated)}; {removed:.0f} files were taken away and written again"


def _look(play):
    """`validate --connect` finds the fields, and each place that names one that is not there; so does the start."""
    states = Counter((what, state) for what, state, _ in play.validate("consumer", {}, 0))
    if states["fields", "right"] != 1 or states["sink", "right"] != len(payments.SINKS):
        raise Failed(f"fields and {len(payments.SINKS)} sinks are not right: {dict(states)}")
    for setting in NOWHERE:
        wrong = [(what, said) for what, state, said in play.validate("consumer", dict([setting]), 1) if state == "wrong"]
        if [what for what, _ in wrong] != ["fields"] or "nowhere`" not in wrong[0][1]:
            raise Failed(f"with {setting[0]} of a field that is not there {wrong} is wrong")
    if not play.consumer(dict(NOWHERE[:1])).expect_exit(78).said("no field `customer.nowhere`"):
        raise Failed("the start does not say which field is not there")


def _die(play):
    """So many lives of the consumer; returns how many records may come twice in each file, and how many of the lake's files were taken away."""
    rnd, repeated, removed = random.Random(156), Counter(), 0
    for number in range(KILLS):
        consumer, file = play.consumer({**SESSION, **BATCHES}), Output(play.output)
        known = file.count()
        consumer.wait_ready(60)
        # So there is something to write for every life, in all sinks.
        _bury(play, range(number * BURIED, (number + 1) * BURIED))
        wait_until("lines are written", lambda: consumer.must_run() or file.count() > known, 30)
        if rnd.random() < 0.75:
            wait_until("the lake has files", lambda: consumer.must_run() or consumer.metric("sink_objects_written_total") > 0, 30)
        time.sleep(rnd.uniform(0, 1.5))  # the client commits each second
        removed += consumer.metric("sink_objects_removed_total")
        consumer.kill()
        committed = {partition: done or 0 for partition, (_, _, done) in play.kafka.offsets(play.topic, play.group).items()}
        for name, path in _files(play).items():
            repeated[name] += _uncommitted(path, committed)
    return repeated, removed


def _bury(play, numbers):
    """Writes the keys of payments without values, each where its key belongs."""
    graves = {}
    for key in (payments.key_of(number).encode() for number in numbers):
        graves.setdefault(partition_of(key, play.partitions), []).append((key, None))
    for partition, all_of_it in graves.items():
        wire.produce(play.kafka.nodes[0].internal, play.topic, partition, all_of_it, int(time.time() * 1000))


def _files(play):
    return {"sink": play.output, "audit": play.folder / "audit.ndjson"}


def _uncommitted(path, committed):
    """How many records whose lines are in a file will be read again."""
    whole = path.read_bytes() if path.exists() else b""
    rows = map(json.loads, whole[:whole.rfind(b"\n") + 1].splitlines())
    return len({(row["partition"], row["offset"]) for row in rows if row["offset"] >= committed[row["partition"]]})


def _judge(play, lines, repeated):
    offsets = play.kafka.offsets(play.topic, play.group)
    must_be_committed(offsets)
    written = Written.of(play.kafka.records(play.topic), lines)
    if (written.count, written.tombstones) != (LINES + KILLS * BURIED, KILLS * BURIED):
        raise Failed(f"the log has {written.count} records, {written.tombstones} of them without a value")
    letters = f"{play.topic}-dead-letters"
    if any(latest for _, latest, _ in play.kafka.offsets(letters).values()):
        raise Failed("there are dead letters")
    if not all(repeated.values()):
        raise Failed("nobody died with records in a file that were not committed, which says nothing")
    said = []
    for name, path in _files(play).items():
        twice = judge_file(written, name, path, play.topic)
        if twice > repeated[name]:
            raise Failed(f"{name}: {twice} records came twice, and only {repeated[name]} had been written and not committed when somebody died")
        said.append(f"{thousands(len(written.sinks[name]))} in {name} (twice {thousands(twice)} of at most {thousands(repeated[name])})")
    read = subprocess.run([lakes.python(), lakes.HERE / "rows.py", play.folder / "lake"], capture_output=True, text=True, check=False)
    if read.returncode:
        raise Failed(f"the lake cannot be read:\n{read.stderr}")
    folders = judge_lake(written, [json.loads(row) for row in read.stdout.splitlines()], play.topic)
    logs = list(play.folder.glob("consumer-*"))
    outputs = [*_files(play).values(), *(path for path in (play.folder / "lake").rglob("*") if path.is_file()), *logs]
    must_hide(outputs)
    must_name_no_folder(logs)
    passed_over = written.count - len(set().union(*written.sinks.values()))
    return f"of {thousands(written.count)} records ({written.tombstones} without a value) {', '.join(said)}, {thousands(len(written.sinks['lake']))} in {folders} folders " \
           f"of the lake (twice 0), {thousands(passed_over)} in none; lost 0, order breaks 0, nothing that is hidden in {len(outputs)} outputs"


def judge_file(written, name, path, topic):
    """Each record is in a file that has to be, in its order, and no other; returns how many are there again."""
    verdict = judge_places(Output(path).rows(), topic, written.sinks[name].keys()).must_be_whole(duplicates_allowed=True)
    for row in verdict.first:
        written.must_be(name, (row["partition"], row["offset"]), row["key"], row["value"])
    return verdict.duplicates


def judge_lake(written, rows, topic):
    """Each record that has to be is in one row of one file, in the folder of its value, and no other; returns how many folders there are."""
    found, wanted, folders = Counter((row["partition"], row["offset"]) for row in rows), written.sinks["lake"], set()
    twice, lost, strange = found.total() - len(found), wanted.keys() - found.keys(), found.keys() - wanted.keys()
    if twice or lost or strange:
        raise Failed(f"lake: {twice} twice, {len(lost)} lost such as {sorted(lost)[:1]}, {len(strange)} that do not belong there such as {sorted(strange)[:1]}")
    for row in rows:
        where = row["partition"], row["offset"]
        # A record without a value has null in each column.
        value = row["value"] if any(column is not None for column in row["value"].values()) else None
        written.must_be("lake", where, row["key"], value)
        folder, _, _ = row["file"].removeprefix(f"{topic}/").partition("/")
        if folder != payments.folder_of(wanted[where][1]):
            raise Failed(f"lake: record {where} lies in {folder}, not in {payments.folder_of(wanted[where][1])}")
        folders.add(folder)
    return len(folders)


def must_hide(paths):
    """Fails if a text that nobody is to see is in one of the files."""
    for path in paths:
        if found := payments.HIDDEN.search(path.read_bytes()):
            raise Failed(f"{path.name} has {found.group()}")


def must_name_no_folder(logs):
    """Fails if a log names a folder of the lake: its name has the value of a record's field."""
    for path in logs:
        if payments.FOLDER.encode() in path.read_bytes():
            raise Failed(f"{path.name} has the value of a field")
