"""The file sink that puts its file aside again and again: the consumer dies at random moments, and every record is in one of the files."""

import os
import random
import re
import subprocess
import time

import scale
from daemons import Failed, wait_until
from output import Output, judge, must_be_committed, thousands
from scenarios import lakes
from scenarios.load import prepare
from stage import Play

ORDERS, KILLS = 24_000, 6
LONG_ORDERS, LONG_KILLS = 240_000, 60
RATE = 3_000
FEWEST_ASIDE = 20
SESSION = {"kafka.properties.session.timeout.ms": 6000, "kafka.properties.heartbeat.interval.ms": 500, "consumer.instance_id": "first"}
SMALL = {"sink.rotate_bytes": "128KiB", "sink.compression": "zstd", "sink.batch_records": 100}
ASIDE = re.compile(r"consumed\.ndjson\.(\d{8}T\d{6}Z)(?:\.(\d+))?(\.zst)?")


def rotation(stage):
    """kill -9 while files grow, are put aside and compressed. No record is lost, no line torn, no file half; twice comes what a death had not committed."""
    with Play(stage, "rotation") as play:
        prepare(play)
        orders, kills = (LONG_ORDERS, LONG_KILLS) if scale.is_long else (ORDERS, KILLS)
        producer = play.producer({"source.rate": f"{RATE}/s", "source.max_records": orders, "source.seed": 11})
        rnd, repeated = random.Random(21), 0
        for _ in range(kills):
            consumer, known = play.consumer({**SESSION, **SMALL}), len(_aside(play))
            wait_until("a file is put aside", lambda: consumer.must_run() or len(_aside(play)) > known, 60)
            time.sleep(rnd.uniform(0, 0.5))
            consumer.kill()
            repeated += _uncommitted(play)
        producer.expect_exit(0, 120)
        consumer = play.consumer({**SESSION, **SMALL})
        play.wait_committed(consumer, 60)
        wait_until("all that was put aside is compressed", lambda: consumer.must_run() or all(is_packed for _, is_packed in _aside(play)), 30)
        consumer.terminate()
        return f"{kills} kills, {_judge(play, orders, repeated)}"


def _aside(play):
    """The files that were put aside, in the order in which that happened, and whether each is compressed."""
    found = {}
    for path in play.folder.iterdir():
        if named := ASIDE.fullmatch(path.name):
            moment, number, packed = named.groups()
            # Between two steps of its compression a file is there twice, and whole in both.
            found.setdefault((moment, int(number or 1)), []).append((path, bool(packed)))
    return [min(found[when], key=lambda one: one[1]) for when in sorted(found)]


def _rows(play, is_over=True):
    """All rows of all files, in the order in which they were written; each has to be a whole line, until it is over the very last one aside."""
    together = play.folder / "together.ndjson"
    last = play.output.read_bytes()
    if not is_over:
        last = last[:last.rfind(b"\n") + 1]  # the next process cuts off the rest
    with open(together, "wb") as out:
        files = [path for path, _ in _aside(play)]
        unpacked = subprocess.run([lakes.python(), lakes.HERE / "unpack.py", *files], stdout=out, stderr=subprocess.PIPE, text=True, check=False)
        if unpacked.returncode:
            raise Failed(f"a file that was put aside cannot be read:\n{unpacked.stderr}")
        out.seek(0, os.SEEK_END)
        out.write(last)
    return Output(together).rows()


def _uncommitted(play):
    """How many records whose lines are there will be read again."""
    places = {(row["partition"], row["offset"]) for row in _rows(play, is_over=False)}
    committed = {number: done or 0 for number, (_, _, done) in play.kafka.offsets(play.topic, play.group).items()}
    return sum(offset >= committed[partition] for partition, offset in places)


def _judge(play, orders, repeated):
    aside = _aside(play)
    if len(aside) < FEWEST_ASIDE:
        raise Failed(f"only {len(aside)} files were put aside, which says nothing")
    left = [path.name for path in play.folder.iterdir() if path.name.startswith(".")]
    if left:
        raise Failed(f"unfinished files are left: {left}")
    offsets = play.kafka.offsets(play.topic, play.group)
    must_be_committed(offsets)
    verdict = judge(_rows(play), play.topic, offsets).must_be_whole(duplicates_allowed=True)
    if len(verdict.first) != orders:
        raise Failed(f"{len(verdict.first)} records of {orders} orders")
    if verdict.duplicates > repeated:
        raise Failed(f"{verdict.duplicates} records came twice, and only {repeated} had been written and not committed when somebody died")
    return f"{thousands(orders)} records in {len(aside) + 1} files, each compressed and whole; lost 0, order breaks 0, " \
           f"duplicates {thousands(verdict.duplicates)} of at most {thousands(repeated)}"
