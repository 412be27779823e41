"""From the start of a process to its first record: in the log, and in the sink."""

import statistics
import time

from daemons import wait_until
from output import Output
from scenarios.load import prepare
from stage import Play

RUNS = 5


def table(stage, _asked):
    """Starts each daemon a few times on a cluster that is warm, with a schema that is registered."""
    took = {"producer, first record in the log": [], "consumer, first line in the sink": []}
    with Play(stage, "start") as play:
        prepare(play)
        play.producer({"source.max_records": 1}).expect_exit(0)
        for run in range(RUNS):
            before = play.log_size()
            producer = play.producer({"source.rate": "100/s"})
            wait_until("the first record", lambda before=before: play.log_size() > before, 60)
            took["producer, first record in the log"].append(time.monotonic() - producer.started)
            producer.terminate()
            play.output = play.folder / f"sink-{run}"
            consumer, output = play.consumer({"kafka.group_id": f"{play.group}-{run}"}), Output(play.output)
            wait_until("the first line", lambda output=output: output.count() > 0, 60)
            took["consumer, first line in the sink"].append(time.monotonic() - consumer.started)
            consumer.terminate()
    print(f"\nFrom the start of the process (median of {RUNS}, least to most)")
    for name, seconds in took.items():
        print(f"{name:34} {statistics.median(seconds):5.2f} s  {min(seconds):.2f}-{max(seconds):.2f}")
