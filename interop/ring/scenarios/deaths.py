"""Deaths: kill -9 of the consumer and the producer at random moments under load."""

import random

from daemons import Failed
from ledger.keeping import Ledgers
from scenarios.flow import warm_up
from stage import Play

SESSION = {"kafka.properties.session.timeout.ms": 6000, "kafka.properties.heartbeat.interval.ms": 1000}


def kills(stage):
    with Play(stage, "kills") as play:
        warm_up(play)
        with Ledgers(play) as ledgers:
            path = ledgers.write("a", 60_000)
            producer = play.ndjson_producer(path, {"source.rate": "20000/s"})
            consumer = ledgers.consumer()
            ledgers.produced("a", producer)
            ledgers.consumed(consumer)
            return ledgers.verdict()
