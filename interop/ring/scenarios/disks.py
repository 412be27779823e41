"""F14: full disks: the broker's, which ends it again and again until there is room, and the consumer's file sink."""

import os
import subprocess
from contextlib import contextmanager

from daemons import Failed, wait_until
from ledger.keeping import Ledgers
from scenarios.load import prepare, under_load
from stage import Play, Skipped, Stage

BROKER_MIB, BROKER_GROWN_MIB = 12, 256
BROKER_LINES = 120_000
BROKER_RATE = 20_000
SINK_MIB, SINK_GROWN_MIB, SINK_ROOM_MIB = 1, 3, 64
SINK_LINES = 30_000
DEVICE_LINES = 5_000
GRACE_SECONDS = 5
TORN = b'{"topic":"torn by a cra'


@contextmanager
def _small_disk(folder, mebibytes):
    """A file system of its own in memory."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or not _mount("-t", "tmpfs", "-o", f"size={mebibytes}m", "gluestream-ring", folder):
        raise Skipped("a small disk cannot be mounted here: it needs root and the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False)


def _mount(*arguments):
    return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode == 0


def _grow(folder, mebibytes):
    if not _mount("-o", f"remount,size={mebibytes}m", folder):
        raise Failed(f"{folder} cannot be made larger")


def of_broker(stage):
    """The broker's disk fills up and the broker dies of it; with more room it starts again, and both daemons go on."""
    folder = stage.folder / "small-disk"
    with _small_disk(folder / "kafka" / "1" / "data", BROKER_MIB), Stage(stage.binaries, stage.repository, folder) as own:
        return _broker(own, folder / "kafka" / "1" / "data")


def _broker(stage, disk):
    # Uncompressed, to be full soon.
    with under_load(stage, "broker-full", BROKER_LINES, BROKER_RATE, {"kafka.properties.compression.codec": "none"}) as load:
        broker = stage.kafka.nodes[0]
        wait_until("the broker dies of its full disk", lambda: not broker.pid(), 60)
        load.stand(2)
        full_at = load.delivered()
        if full_at >= BROKER_LINES:
            raise Failed("the disk was too large")
        _grow(disk, BROKER_GROWN_MIB)
        broker.launch()
        broker.wait_ready()
        load.ledgers.interrupted()
        return f"full after {full_at:,.0f} of {BROKER_LINES:,} records, grown; {load.finish()}"


def of_sink(stage):
    """The sink's disk fills up: an error that says so, and 75 when told to end; with room it goes on, with and without a restart, and a torn line is cut off."""
    with Play(stage, "sink-full") as play, _small_disk(play.folder / "small", SINK_MIB):
        prepare(play)
        play.output = play.folder / "small" / "consumed.ndjson"
        with Ledgers(play) as ledgers:
            ledgers.produced("a", play.ndjson_producer(ledgers.write("a", SINK_LINES)))
            consumer = ledgers.consumer({"shutdown.grace": f"{GRACE_SECONDS}s"})
            said = _full(consumer, 1)
            at_first = ledgers.output.count()
            _grow(play.folder / "small", SINK_GROWN_MIB)
            wait_until("the consumer goes on by itself", lambda: consumer.must_run() or ledgers.output.count() > at_first, 30)
            _full(consumer, said + 1)
            took = ledgers.end(consumer, code=75, most_seconds=GRACE_SECONDS + 2)
            at_second = ledgers.output.count()
            _grow(play.folder / "small", SINK_ROOM_MIB)
            with open(play.output, "ab") as file:
                file.write(TORN)
            ledgers.gone()
            consumer = ledgers.consumer()
            ledgers.wait_consumed(consumer, SINK_LINES)
            ledgers.consumed(consumer)
            if TORN in play.output.read_bytes():
                raise Failed("the torn line is still there")
            return f"full at line {at_first:,}, went on, full again at {at_second:,}, ended with 75 after {took:.1f} s, torn line cut off; " \
                   f"{ledgers.verdict()}"


def of_device(stage):
    """A sink that is full from the first byte on, which needs no right to mount: an error that says so, 75, and nothing committed."""
    with Play(stage, "sink-device-full") as play:
        prepare(play)
        with Ledgers(play) as ledgers:
            ledgers.produced("a", play.ndjson_producer(ledgers.write("a", DEVICE_LINES)))
            consumer = play.consumer({"shutdown.grace": f"{GRACE_SECONDS}s", "sink.path": "/dev/full"})
            _full(consumer, 1)
            took = ledgers.end(consumer, code=75, most_seconds=GRACE_SECONDS + 2)
            consumer = ledgers.consumer()
            ledgers.wait_consumed(consumer, DEVICE_LINES)
            ledgers.consumed(consumer)
            return f"ended with 75 after {took:.1f} s; then, with a file: {ledgers.verdict(most_duplicates=0)}"


def _full(consumer, times):
    """Waits until the consumer has said so often that the disk is full, or more often; returns how often it has."""
    def said():
        consumer.must_run()
        return len(consumer.said("the sink does not take records.*No space left"))
    wait_until("the consumer says that the disk is full", lambda: said() >= times, 30)
    return said()
