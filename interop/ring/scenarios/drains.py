"""F9: SIGTERM in the middle of a batch, with healthy brokers and with dead ones."""

from ledger.keeping import Ledgers
from scenarios.ends import QUICK_SESSION as SESSION
from scenarios.load import prepare, under_load
from stage import Play

LINES = 60_000
RATE = 5_000
STOPS = 3
GRACE_SECONDS = 6
ABOVE_GRACE_SECONDS = 2  # to start and end a process on a busy machine


def healthy(stage):
    """The consumer is ended in the middle of a backlog, several times: exit 0 in time, and nothing comes twice."""
    with Play(stage, "sigterm-healthy") as play:
        prepare(play)
        with Ledgers(play) as ledgers:
            ledgers.produced("a", play.ndjson_producer(ledgers.write("a", LINES)))
            took = []
            for _ in range(STOPS):
                # Little room, so that the backlog is not in memory at once and the end comes in its midst.
                consumer = ledgers.consumer({"consumer.in_flight_records": 2_000})
                ledgers.wait_consumed(consumer, ledgers.output.count() + 3_000)
                took.append(ledgers.end(consumer))
            at = ledgers.output.count()
            consumer = ledgers.consumer()
            ledgers.wait_consumed(consumer, LINES)
            ledgers.consumed(consumer)
            return f"ended {STOPS} times, within {max(took):.1f} s, last at line {at:,}; {ledgers.verdict(most_duplicates=0)}"


def dead(stage):
    """The broker is killed and both daemons are told to end: exit 75 within the grace. Nothing that was acknowledged is lost."""
    settings = {"shutdown.grace": f"{GRACE_SECONDS}s"}
    with under_load(stage, "sigterm-dead", RATE * 30, RATE, settings, SESSION) as load:
        ledgers, play = load.ledgers, load.play
        stage.kafka.kill()
        load.stand(1)
        took = ledgers.end_all(load.daemons, code=75, most_seconds=GRACE_SECONDS + ABOVE_GRACE_SECONDS)
        ledgers.cut_short("a", load.producer)
        stage.kafka.start()
        ledgers.gone()
        producer = play.ndjson_producer(ledgers.write("b", RATE))
        consumer = ledgers.consumer(SESSION)
        ledgers.produced("b", producer)
        ledgers.consumed(consumer)
        return f"producer and consumer ended with 75 after {took[0]:.1f} and {took[1]:.1f} s of {GRACE_SECONDS}; {ledgers.verdict()}"
