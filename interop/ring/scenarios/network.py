"""F4: the network between the daemons and three brokers: late, silent, cut, slow and closed."""

import time

import scale
from daemons import Failed
from proxy import Proxies
from scenarios.load import under_load

RATE = 2_000
# A request that is not answered for so long is given up and made again, elsewhere if need be.
SOCKET_SECONDS = 6
SLOW_BYTES = 64 << 10
CONNECTIONS_A_SECOND = 40  # of both daemons to three brokers while they are cut off again and again


def _late(load, proxies):
    for proxy in proxies.all:
        proxy.faults.delay, proxy.faults.jitter = 0.15, 0.1
    load.stand(scale.seconds(5, 60))
    for proxy in proxies.all:
        proxy.faults.delay = proxy.faults.jitter = 0.0


def _silent(load, proxies):
    faults = proxies.all[0].faults
    faults.is_black_hole = True
    load.stand(scale.seconds(SOCKET_SECONDS * 2, 90))
    faults.is_black_hole = False


def _cut(load, proxies):
    for _ in range(scale.seconds(3, 30)):
        proxies.reset()
        load.stand(2)


def _slow(load, proxies):
    for proxy in proxies.all:
        proxy.faults.bytes_per_second = SLOW_BYTES
    load.stand(scale.seconds(5, 60))
    for proxy in proxies.all:
        proxy.faults.bytes_per_second = 0


def _closed(load, proxies):
    proxies.refuse()
    load.stand(scale.seconds(4, 60))
    proxies.accept()


FAULTS = {"late": _late, "silent": _silent, "cut": _cut, "slow": _slow, "closed": _closed}


def faulty(stage):
    """One fault after the other under load: all is delivered and handled, in order, with nothing in the log twice."""
    seconds = scale.seconds(40, 400)
    with Proxies(stage.kafka) as proxies:
        settings = {"kafka.bootstrap_servers": proxies.bootstrap, "kafka.properties.socket.timeout.ms": SOCKET_SECONDS * 1000}
        with under_load(stage, "faulty-network", RATE * seconds, RATE, settings) as load:
            told, began = [], time.monotonic()
            for name, fault in FAULTS.items():
                before, since = load.delivered(), time.monotonic()
                fault(load, proxies)
                load.ledgers.interrupted()
                told.append(f"{name} {time.monotonic() - since:.0f} s ({load.delivered() - before:,.0f} acknowledged)")
            rate = proxies.accepted() / (time.monotonic() - began)
            if rate > CONNECTIONS_A_SECOND:
                raise Failed(f"{rate:.0f} connections a second: a storm")
            return f"{', '.join(told)}; {rate:.1f} connections a second; {load.finish()}"
