"""Brokers die and freeze under load: alone, one of three, two of three. Nothing is lost, no delivery fails."""

import signal
import time

import scale
from daemons import Failed
from scenarios.load import under_load

RATE = 3_000


def _restart(nodes, of):
    for node in nodes:
        node.launch()
    for node in nodes:
        node.wait_ready(len(of.nodes))


def killed(stage):
    """F1: the only broker is killed by kill -9 and comes back. What it had acknowledged is there."""
    away = scale.seconds(5, 60)
    with under_load(stage, "broker-killed", RATE * (away + 5), RATE) as load:
        kafka, began = stage.kafka, time.monotonic()
        kafka.kill()
        load.stand(away)
        kafka.start()
        back = time.monotonic() - began
        load.ledgers.interrupted()
        return f"away {back:.1f} s; {load.finish()}"


def leaders_killed(stage):
    """F2: of three brokers the leader of a partition is killed, and writes go on; then a second, and writes stall; then both come back."""
    with under_load(stage, "leaders-killed", RATE * scale.seconds(20, 80), RATE) as load:
        kafka, began = stage.kafka, time.monotonic()
        first = kafka.leading(load.play.topic)
        first.end(signal.SIGKILL)
        load.wait_delivered(RATE * 2)
        moved = time.monotonic() - began
        load.stand(0)
        second = kafka.leading(load.play.topic)
        second.end(signal.SIGKILL)
        load.stand(3)
        stalled_at = load.delivered()
        load.stand(scale.seconds(4, 40))
        if load.delivered() != stalled_at:
            raise Failed("writes went on with one of three brokers, where two have to have each record")
        _restart([first, second], kafka)
        load.ledgers.interrupted()
        load.wait_delivered(RATE)
        load.stand(0)
        return f"writes went on {moved:.1f} s after the first, stalled at {stalled_at:,.0f} after the second, went on with both back; {load.finish()}"


def frozen(stage):
    """F3: the leader of a partition is frozen longer than its session; requests to it are sent again elsewhere, and nothing is in the log twice."""
    away = scale.seconds(12, 40)
    with under_load(stage, "leader-frozen", RATE * (away + 5), RATE) as load:
        node = stage.kafka.leading(load.play.topic)
        node.pause()
        try:
            load.stand(away)
        finally:
            node.resume()
        load.ledgers.interrupted()
        node.wait_ready(len(stage.kafka.nodes))
        return f"frozen {away} s; {load.finish()}"
