"""F10: kill -9 at random moments under load, of the consumer and now and then of the producer, with bad frames among the good."""

import random
import time

import wire
from ledger.keeping import Ledgers
from scenarios.load import prepare
from stage import Play

KILLS = 25
FIXED_PLACE = 20  # so many of them in a fixed place of the group, where nobody has to miss the dead one first
RATE = 3_000
SECONDS = 120  # of lines for each run of the producer
SESSION = {"kafka.properties.session.timeout.ms": 2000, "kafka.properties.heartbeat.interval.ms": 500}
PLACE = {"kafka.properties.group.instance.id": "first"}
BAD = b"\x07 no frame, number %d"


def kills(stage):
    """25 times the consumer dies, and every fifth time the producer too. What was handled and not committed comes twice, and no more."""
    with Play(stage, "kills") as play:
        prepare(play)
        with Ledgers(play, letters=f"{play.topic}-dead-letters") as ledgers:
            rnd, producers = random.Random(10), Producers(play, ledgers)
            for number in range(KILLS):
                consumer = ledgers.consumer({**SESSION, **(PLACE if number < FIXED_PLACE else {})})
                _send_bad(play, number)
                if rnd.random() < 0.75:
                    ledgers.wait_consumed(consumer, ledgers.output.count() + 1)
                time.sleep(rnd.uniform(0, 1.5))
                ledgers.kill(consumer)
                if number % 5 == 2:
                    producers.kill()
            producers.last.terminate()
            producers.note()
            consumer = ledgers.consumer(SESSION)
            ledgers.consumed(consumer)
            return f"{KILLS} kills of the consumer, {len(producers.all) - 1} of the producer; {ledgers.verdict()}"


class Producers:
    """One producer after the other, each on lines of its own."""

    def __init__(self, play, ledgers):
        self.play, self.ledgers, self.all = play, ledgers, []
        self._start()

    @property
    def last(self):
        """The one that runs."""
        return self.all[-1]

    def _start(self):
        path = self.ledgers.write(f"run-{len(self.all)}", RATE * SECONDS // (KILLS // 5 + 1))
        self.all.append(self.play.ndjson_producer(path, {"source.rate": f"{RATE}/s"}))

    def kill(self):
        """kill -9 of the one that runs; what it said last is what is acknowledged at least. Another takes its place."""
        said = self.last.metric("producer_records_delivered_total") if self.last.status("/ready") == 200 else 0
        self.last.kill()
        self.ledgers.acknowledged(f"run-{len(self.all) - 1}", said)
        self._start()

    def note(self):
        """The last one has ended by itself, and has said how many are acknowledged."""
        self.ledgers.cut_short(f"run-{len(self.all) - 1}", self.last)


def _send_bad(play, number):
    wire.when_settled(lambda: wire.produce(
        play.kafka.leaders(play.topic)[number % play.partitions], play.topic, number % play.partitions, [(b"bad", BAD % number)], int(time.time() * 1000)))
