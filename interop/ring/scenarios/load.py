"""A stamped stream under way: a file's lines go through producer, broker and consumer, and the ledgers are kept."""

import time
from contextlib import contextmanager
from dataclasses import dataclass

from daemons import Daemon, Failed, wait_until
from ledger.keeping import Ledgers
from scenarios.flow import warm_up
from stage import Play


@dataclass
class Load:
    """What is under way."""

    play: Play
    ledgers: Ledgers
    producer: Daemon
    consumer: Daemon

    @property
    def daemons(self):
        """Both."""
        return self.producer, self.consumer

    def delivered(self):
        """The records that the producer counts as acknowledged."""
        return self.producer.metric("producer_records_delivered_total")

    def wait_delivered(self, more, seconds=60):
        """Waits until so many more records are acknowledged."""
        goal = self.delivered() + more
        wait_until(f"{goal:.0f} records are acknowledged", lambda: self.producer.must_run() or self.delivered() >= goal, seconds)

    def stand(self, seconds):
        """For so long both daemons must run and be live, and no delivery may fail."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for daemon in self.daemons:
                daemon.must_run()
                if daemon.status("/live") != 200:
                    daemon.must_run()  # it may just have ended
                    raise Failed(f"{daemon.name} is not live in the midst of it")
            time.sleep(0.2)
        if failed := self.producer.metric("producer_records_failed_total"):
            raise Failed(f"{failed:.0f} deliveries failed")

    def finish(self, most_duplicates=None, seconds=120):
        """Lets the file come to its end and everything be handled and committed; returns the verdict."""
        self.ledgers.produced("a", self.producer, seconds)
        self.ledgers.consumed(self.consumer, seconds)
        return self.ledgers.verdict(most_duplicates)


def prepare(play):
    """The topic; and on a fresh cluster a first group, which takes seconds that are not ours."""
    if play.stage.is_warm:
        play.ensure_topic()
    else:
        warm_up(play)
        play.stage.is_warm = True


@contextmanager
def under_load(stage, name, lines, rate, settings=None, of_consumer=None):
    """A stream of so many lines at so many a second, of which those of the first second have been consumed."""
    with Play(stage, name) as play:
        prepare(play)
        with Ledgers(play) as ledgers:
            path = ledgers.write("a", lines)
            consumer = ledgers.consumer({**(settings or {}), **(of_consumer or {})})
            producer = play.ndjson_producer(path, {"source.rate": f"{rate}/s", **(settings or {})})
            ledgers.wait_consumed(consumer, rate)
            yield Load(play, ledgers, producer, consumer)
