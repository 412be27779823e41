"""The registry goes away in the middle, gone or hanging: cached schemas flow on, and a daemon starts from its snapshot."""

import signal
import time

import scale
from daemons import Failed, wait_until
from output import Output, judge, thousands
from scenarios.flow import warm_up
from stage import Play

RATE = 5_000
SLOWEST = 0.8  # of the rate: what must still get through, measured on a busy machine
CALLS = 10  # of each daemon: one loop of retries that waits longer each time, and not one call a record
SETTINGS = {"registry.cache_ttl": "2s", "registry.timeout": "1s", "startup.timeout": "20s"}


def _calls(daemon):
    return daemon.metric("registry_requests_total")


def _counts(producer, consumer):
    return [producer.metric("producer_records_delivered_total"), consumer.metric("consumer_records_processed_total", result="delivered")]


def _flows(what, producer, consumer, seconds):
    """Both daemons keep the rate for so long, without the registry; returns the records delivered and read meanwhile."""
    began = time.monotonic()
    before = _counts(producer, consumer)
    while time.monotonic() < began + seconds:
        for daemon in (producer, consumer):
            daemon.must_run()
            if daemon.status("/live") != 200:
                raise Failed(f"{daemon.name} is not live while the registry is {what}")
        time.sleep(0.25)
    took = time.monotonic() - began
    counts = [late - early for early, late in zip(before, _counts(producer, consumer))]
    for daemon, count in zip((producer, consumer), counts):
        if count < RATE * took * SLOWEST:
            raise Failed(f"{daemon.name} had {count:.0f} records in {took:.1f} s while the registry was {what}")
    return counts


def _must_be_degraded(daemon):
    if not daemon.state().get("registry", {}).get("degraded"):
        raise Failed(f"{daemon.name} started without the registry and does not say so in /state")


def _drill(stage, name, what, leave, come_back):
    with Play(stage, name) as play:
        warm_up(play)
        settings = {**SETTINGS, "registry.snapshot": play.folder / "schemas.snapshot"}
        orders = {**settings, "source.rate": f"{RATE}/s"}
        consumer, producer = play.consumer(settings), play.producer(orders)
        output = Output(play.output)
        play.wait_consumed(consumer, output, RATE, 60)
        seconds = scale.seconds(8, 60)
        leave()
        try:
            calls = [_calls(producer), _calls(consumer)]
            made, read = _flows(what, producer, consumer, seconds)
            calls = [_calls(producer) - calls[0], _calls(consumer) - calls[1]]
            if max(calls) > CALLS:
                raise Failed(f"{calls} calls of producer and consumer in {seconds} s")
            producer.terminate()
            consumer.terminate()
            consumer, producer = play.consumer(settings), play.producer(orders)
            for daemon in (consumer, producer):
                wait_until(f"{daemon.name} starts without the registry", lambda daemon=daemon: daemon.must_run() or daemon.status("/ready") == 200, 30)
                _must_be_degraded(daemon)
            _flows(what, producer, consumer, 3)
        finally:
            come_back()
        for daemon in (consumer, producer):
            wait_until(f"{daemon.name} sees the registry again", lambda daemon=daemon: not daemon.state()["registry"]["degraded"], 60)
        stale = consumer.metric("schema_cache_requests_total", result="stale")
        producer.terminate()
        play.wait_committed(consumer, 60)
        consumer.terminate()
        verdict = judge(output.rows(), play.topic, play.kafka.offsets(play.topic)).must_be_whole(duplicates_allowed=False)
        return f"{thousands(made)} records delivered and {thousands(read)} read in {seconds} s without it, by {calls[0]:.0f} and {calls[1]:.0f} calls; " \
               f"both started again from the snapshot, {thousands(stale)} records decoded with a schema not confirmed since; of {thousands(len(verdict.first))} lost 0, twice 0, order breaks 0"


def gone(stage):
    """Killed: connections are refused."""
    return _drill(stage, "registry-gone", "gone", stage.stub.kill, stage.stub.start)


def hangs(stage):
    """Frozen: connections are taken and nothing answers."""
    process = stage.stub.daemon.process
    return _drill(stage, "registry-hangs", "hanging",
                  lambda: process.send_signal(signal.SIGSTOP), lambda: process.send_signal(signal.SIGCONT))
