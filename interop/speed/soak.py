"""F16, a soak: both daemons under a network that is late, silent, cut, slow and closed in turn; memory and open files have to stay flat."""

import time
from pathlib import Path

import memory
import scale
from daemons import Failed, wait_until
from proxy import Proxies
from scenarios import network
from scenarios.load import Load, prepare
from stage import Play

RATE = 2_000
SECONDS, LONG_SECONDS = 120, 1_800


def _files(daemon):
    return sum(1 for _ in Path(f"/proc/{daemon.process.pid}/fd").iterdir())


def table(stage, asked):
    """Prints a line a round of faults: what both daemons hold after it, all connections open again."""
    seconds = LONG_SECONDS if asked.long else SECONDS
    scale.is_long = False  # short faults, many of them
    with Play(stage, "soak") as play, Proxies(stage.kafka) as proxies:
        prepare(play)
        settings = {"kafka.bootstrap_servers": proxies.bootstrap, "kafka.properties.socket.timeout.ms": network.SOCKET_SECONDS * 1000}
        producer = play.producer({**settings, "source.rate": f"{RATE}/s"})
        consumer = play.consumer({**settings, "sink.path": "/dev/null"})
        for daemon in (producer, consumer):
            wait_until(f"{daemon.name} is ready", lambda daemon=daemon: daemon.must_run() or daemon.status("/ready") == 200, 60)
        load = Load(play, None, producer, consumer)
        began = time.monotonic()
        print(f"\nSoak of {seconds} s at {RATE:,} records/s under faults of the network")
        print(f"{'after':>8} {'delivered':>11} {'handled':>11} {'producer MiB':>13} {'files':>6} {'consumer MiB':>13} {'files':>6}")
        while (age := time.monotonic() - began) < seconds:
            load.wait_delivered(RATE * 4, 120)
            handled = consumer.metric("consumer_records_processed_total", result="delivered")
            print(f"{age:6.0f} s {load.delivered():11,.0f} {handled:11,.0f} {memory.resident_mib(producer):13.0f} {_files(producer):6} "
                  f"{memory.resident_mib(consumer):13.0f} {_files(consumer):6}", flush=True)
            for fault in network.FAULTS.values():
                fault(load, proxies)
        producer.terminate()
        play.wait_committed(consumer, 120)
        handled = consumer.metric("consumer_records_processed_total", result="delivered")
        consumer.terminate()
        if handled < play.log_size():
            raise Failed(f"the log has {play.log_size():,} records, {handled:,.0f} were handled")
        print(f"{handled:,.0f} records handled of {play.log_size():,} in the log")
