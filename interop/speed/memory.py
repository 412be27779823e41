"""Resident memory: at a steady rate, and (F15) with the broker gone and the source as fast as it goes, with all limits at their defaults."""

import re
import time
from pathlib import Path

from daemons import Failed
from output import Output
from scenarios.load import prepare
from stage import Play

RATE = 10_000
STEADY_SECONDS = 20
WITHOUT_SECONDS, WITHOUT_LONG_SECONDS = 30, 300
LIMIT_MIB = 128


def resident_mib(daemon):
    """The resident size of a running process."""
    status = Path(f"/proc/{daemon.process.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def _watch(daemons, seconds):
    """The largest size of each while so long goes by."""
    largest, until = [0.0] * len(daemons), time.monotonic() + seconds
    while time.monotonic() < until:
        for daemon in daemons:
            daemon.must_run()
        largest = [max(pair) for pair in zip(largest, map(resident_mib, daemons))]
        time.sleep(0.1)
    return largest


def _say(name, producer, consumer):
    print(f"{name:44} {producer:9.0f} {consumer:9.0f}  {'' if max(producer, consumer) < LIMIT_MIB else f'above {LIMIT_MIB} MiB'}")


def table(stage, asked):
    """Prints the largest resident size of both daemons in each case; the limit is 128 MiB."""
    print(f"\nResident memory, MiB at most{'':16} {'producer':>9} {'consumer':>9}")
    with Play(stage, "memory") as play:
        prepare(play)
        producer, consumer = play.producer({"source.rate": f"{RATE}/s"}), play.consumer({"sink.path": "/dev/null"})
        _say(f"{RATE:,} records/s for {STEADY_SECONDS} s", *_watch((producer, consumer), STEADY_SECONDS))
        producer.terminate()
        consumer.terminate()
    seconds = WITHOUT_LONG_SECONDS if asked.long else WITHOUT_SECONDS
    with Play(stage, "memory-without") as play:
        prepare(play)
        producer, consumer = play.producer({"source.rate": "0/s"}), play.consumer()
        play.wait_consumed(consumer, Output(play.output), RATE, 60)
        stage.kafka.kill()
        _say(f"full input, no broker for {seconds} s", *_watch((producer, consumer), seconds))
        if not (waiting := producer.metric("producer_in_flight_records")):
            raise Failed("nothing is in flight, though there is no broker")
        stage.kafka.start()
        delivered = producer.metric("producer_records_delivered_total")
        until = time.monotonic() + 120
        while producer.metric("producer_records_delivered_total") < delivered + waiting:
            producer.must_run()
            if time.monotonic() > until:
                raise Failed("what was in flight is not acknowledged with the broker back")
            time.sleep(0.1)
        _say(f"after it, {waiting:,.0f} in flight acknowledged", *_watch((producer, consumer), 5))
