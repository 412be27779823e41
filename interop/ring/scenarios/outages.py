"""The broker goes away for ten seconds in the middle: frozen, or stopped and started again."""

import time

import records
from daemons import Failed
from output import Output, judge, thousands
from scenarios.flow import equal_values, warm_up
from stage import Play

LINES = 40_000
RATE = "8000/s"
BEFORE = 8_000
AWAY_SECONDS = 10


def _while_away(producer, consumer, until):
    """What must hold with the broker away: both daemons live, and the producer acknowledges nothing."""
    time.sleep(1)  # answers that were on their way
    delivered = producer.metric("producer_records_delivered_total")
    while time.monotonic() < until:
        for daemon in (producer, consumer):
            daemon.must_run()
            if daemon.status("/live") != 200:
                raise Failed(f"{daemon.name} is not live while the broker is away")
        time.sleep(0.25)
    after = producer.metric("producer_records_delivered_total")
    if after != delivered or not producer.metric("producer_in_flight_records"):
        raise Failed(f"the broker was not away, or the producer did not wait: delivered {delivered:.0f}, then {after:.0f}")
    return after


def _outage(stage, name, leave, come_back):
    with Play(stage, name) as play:
        warm_up(play)
        lines = records.write_lines(play.folder / "in.ndjson", LINES, keys=LINES // 20, seed=5)
        consumer = play.consumer()
        producer = play.ndjson_producer(play.folder / "in.ndjson", {"source.rate": RATE})
        output = Output(play.output)
        play.wait_consumed(consumer, output, BEFORE, 60)
        began = time.monotonic()
        leave()
        try:
            delivered = _while_away(producer, consumer, began + AWAY_SECONDS)
        finally:
            come_back()
        back = time.monotonic()
        producer.expect_exit(0, 120)
        if play.log_size() != LINES:
            raise Failed(f"the log has {play.log_size()} records of {LINES} lines")
        play.wait_committed(consumer, 120)  # an outage longer than the session costs the membership; then records come twice
        took = time.monotonic() - back
        consumer.terminate()
        verdict = judge(output.rows(), play.topic, play.kafka.offsets(play.topic)).must_be_whole(duplicates_allowed=True)
        by_line, breaks = equal_values(verdict.first, lines)
        if len(by_line) != LINES or breaks:
            raise Failed(f"{len(by_line)} of {LINES} lines came back, {breaks} out of their key's order")
        return f"{thousands(LINES)} lines, away {back - began:.1f} s after {thousands(delivered)}, all through and committed {took:.1f} s later; " \
               f"lost 0, twice in the log 0, printed twice {verdict.duplicates}, order breaks 0"


def pause(stage):
    """SIGSTOP for ten seconds: the broker's sockets stay open and nothing answers."""
    return _outage(stage, "pause", stage.kafka.pause, stage.kafka.resume)


def restart(stage):
    """A clean stop, ten seconds of refused connections, and a start."""
    return _outage(stage, "restart", stage.kafka.stop, stage.kafka.start)
