"""F11: three consumers: scale from one to three and back, and a restart one after the other, under load."""

import time

import scale
from daemons import wait_until
from ledger.keeping import Ledgers
from scenarios.load import prepare
from stage import Play

RATE = 2_000
SECONDS = 30  # of lines
MEMBERS = 3
HEARTBEAT_MS = 500  # a member hears of a rebalance with its next heartbeat; the default is three seconds


class Group:
    """Consumers that append to one file, so that their lines are in one order."""

    def __init__(self, play, ledgers):
        self.play, self.ledgers, self.members, self.took = play, ledgers, [], []

    def start(self, count=1):
        """More members; returns when the partitions are shared out anew."""
        settings = {} if scale.is_long else {"kafka.properties.heartbeat.interval.ms": HEARTBEAT_MS}
        self.members += [self.play.consumer({"sink.kind": "stdout", **settings}, out=self.play.output) for _ in range(count)]
        self._settle()

    def end(self, count=1):
        """Ends the members that are there longest, and returns when the others have everything."""
        for consumer in self.members[:count]:
            self.ledgers.end(consumer)
        del self.members[:count]
        if self.members:
            self._settle()

    def flow(self):
        """A second's records go through."""
        self.ledgers.wait_consumed(self.members[0], self.ledgers.output.count() + RATE)

    def _settle(self):
        began = time.monotonic()
        wanted = [self.play.partitions // len(self.members)] * len(self.members)
        wait_until("the partitions are shared out", lambda: [self._assigned(one) for one in self.members] == wanted, 60)
        self.took.append(time.monotonic() - began)

    @staticmethod
    def _assigned(consumer):
        consumer.must_run()
        return consumer.metric("consumer_assigned_partitions") if consumer.status("/metrics") == 200 else 0


def scaled(stage):
    """One consumer, three, one, three, and each of the three replaced by a new one: nothing lost, nothing twice."""
    with Play(stage, "rebalances") as play:
        prepare(play)
        with Ledgers(play) as ledgers:
            path = ledgers.write("a", RATE * scale.seconds(SECONDS, SECONDS * 4))
            producer = play.ndjson_producer(path, {"source.rate": f"{RATE}/s"})
            group = Group(play, ledgers)
            group.start()
            group.took.clear()  # the first member of a group has nobody to share with
            group.flow()
            group.start(MEMBERS - 1)
            group.flow()
            group.end(MEMBERS - 1)
            group.flow()
            group.start(MEMBERS - 1)
            for _ in range(MEMBERS):
                group.flow()
                group.end()
                group.start()
            producer.must_run()
            ledgers.produced("a", producer)
            play.wait_committed(group.members[0], 60)
            group.end(MEMBERS)
            return f"1 -> 3 -> 1 -> 3 and three replaced, shared out again within {max(group.took):.1f} s, {len(group.took)} times; " \
                   f"{ledgers.verdict(most_duplicates=0)}"
