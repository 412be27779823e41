"""The whole platform by compose: orders flow, Prometheus sees everyone, replicas come and go, one is killed; nothing is lost."""

import json
import time
import urllib.parse
from collections import Counter

import wire
from compose import Compose
from daemons import Failed, wait_until

TOPIC, PARTITIONS = "orders", range(6)
RATE = 100  # of each producer: what a consumer prints has to stay within its rotated logs, or it could not be read again after its death
FIRST = 1_000
SECONDS = 90
MEMORY = 256 << 20
CODECS = ("gzip", "snappy", "lz4", "zstd")
PER_CODEC = 10


class Stream:
    """What is looked at while the project runs; `say` tells each step."""

    def __init__(self, compose, say):
        self.compose, self.say = compose, say
        self.prometheus = None  # where it is

    def play(self):
        """Everything in its order."""
        self.come_up()
        self.look_at_hardening()
        self.look_through_prometheus()
        self.compress()
        self.trouble_the_registry()
        self.scale()
        self.kill_one()
        self.scale_down()
        self.end()

    def come_up(self):
        """`up`, until the consumer has printed so many orders."""
        began = time.monotonic()
        self.compose.up("kafka", "registry-stub", "producer", "consumer")
        self.say(f"up and healthy after {time.monotonic() - began:.1f} s")
        self.compose.read_output("consumer")
        wait_until(f"{FIRST} orders are printed", lambda: len(self._lines()) >= FIRST, SECONDS)
        self.say(f"{FIRST:,} orders printed after {time.monotonic() - began:.1f} s")

    def _lines(self):
        return [line for lines in self.compose.output() for line in lines]

    def look_at_hardening(self):
        """The engine has what the file says."""
        for service in ("producer", "consumer", "registry-stub"):
            [container] = self.compose.containers(service)
            found = self.compose.limits(container)
            if found != (MEMORY, True, ["ALL"]):
                raise Failed(f"{service} runs with {found}")

    def look_through_prometheus(self):
        """A real Prometheus finds everyone by name and reads everyone's metrics."""
        self.compose.start("prometheus")
        self.prometheus = self.compose.address("prometheus", 9090)
        self._wait_for('count(up == 1) == 3 and count(up) == 3', "three targets are up")
        self._wait_for(f'sum(gluestream_consumer_records_processed_total{{result="delivered"}}) >= {FIRST}', "the consumer's count")
        self._wait_for("sum(gluestream_producer_records_delivered_total) > 0", "the producer's count")
        self._wait_for("sum(gluestream_stub_requests_total) > 0", "the stub's count")
        self.say("Prometheus reads the three of them, and its rules")
        rules = json.loads(self.compose.get(self.prometheus, "/api/v1/rules"))["data"]["groups"]
        bad = [rule["name"] for group in rules for rule in group["rules"] if rule["health"] == "err"]
        if bad or not rules:
            raise Failed(f"rules of Prometheus: {bad or 'none'}")

    def _ask(self, query):
        text = self.compose.get(self.prometheus, f"/api/v1/query?{urllib.parse.urlencode({'query': query})}")
        return json.loads(text)["data"]["result"]

    def _wait_for(self, query, what):
        def holds():
            try:
                return self._ask(query)
            except (OSError, Failed):
                return None  # not listening yet

        wait_until(f"{what} ({query})", holds, SECONDS)

    def compress(self):
        """Kafka's native libraries find a place to be run from."""
        for codec in CODECS:
            self.compose.run_once("producer", {"GLUESTREAM_KAFKA__PROPERTIES__COMPRESSION_TYPE": codec, "GLUESTREAM_SOURCE__MAX_RECORDS": PER_CODEC})
        self.say(f"a batch by each of {', '.join(CODECS)}")

    def trouble_the_registry(self):
        """The profile `chaos`: faults are met, orders go on."""
        self.compose.start("chaos")
        self._wait_for("sum(gluestream_stub_faults_total) >= 0", "the stub's faults")
        before = len(self._lines())
        wait_until("orders go on", lambda: len(self._lines()) > before + FIRST, SECONDS)
        self.compose.stop("chaos")

    def scale(self):
        """Five producers, three consumers."""
        self.compose.up("producer", "consumer", scale={"consumer": 3, "producer": 5})
        self.compose.read_output("consumer")
        self._wait_for("count(up == 1) == 9", "nine targets are up")
        self._wait_for("count(gluestream_consumer_assigned_partitions > 0) == 3 and sum(gluestream_consumer_assigned_partitions) == 6", "three consumers share the partitions")
        self.say("5 producers and 3 consumers, each with partitions")

    def kill_one(self):
        """A consumer dies under load and comes back."""
        self.compose.kill(self.compose.containers("consumer")[1])
        self.compose.read_output("consumer")
        self._wait_for("count(gluestream_consumer_assigned_partitions > 0) == 3 and sum(gluestream_consumer_assigned_partitions) == 6", "three consumers share the partitions again")
        self.say("one of them was killed, and is back")

    def scale_down(self):
        """Back to one of each; what goes is read to its end first, because its logs go with it."""
        self.compose.end("consumer", from_index=1)
        self.compose.up("producer", "consumer", scale={"consumer": 1, "producer": 1})
        self._wait_for("sum(gluestream_consumer_assigned_partitions) == 6 and count(up == 1) == 3", "one of each is left")
        self.say("1 producer and 1 consumer again")

    def end(self):
        """Producer, then consumer: both end within their grace, and every record of the topic was printed."""
        took = {"producer": self.compose.stop("producer")}
        ends = wire.offsets(self.compose.address("kafka", 19092), TOPIC, list(PARTITIONS), -1)
        ends = {partition: end for partition, end in ends.items() if end}
        wait_until("everything is printed", lambda: not self._missing(ends), SECONDS)
        took["consumer"] = self.compose.stop("consumer")
        self.compose.end_reading()
        places = self._places()
        total, printed = sum(ends.values()), sum(places.values())
        missing, more = self._missing(ends), [place for place in places if place[1] >= ends.get(place[0], 0)]
        if missing or more:
            raise Failed(f"of {total} records {len(missing)} were never printed, {len(more)} are not in the topic")
        self.say(f"{total:,} records in the topic, lost 0, printed twice {printed - total:,}; ended {', '.join(f'{name} in {seconds:.1f} s' for name, seconds in took.items())}")

    def _places(self):
        lines = (json.loads(line) for line in self._lines())
        return Counter((line["partition"], line["offset"]) for line in lines)

    def _missing(self, ends):
        places = self._places()
        return [(partition, offset) for partition, end in ends.items() for offset in range(end) if (partition, offset) not in places]


def play(engine, folder, swapped, say):
    """Takes the project up and down; returns nothing, fails with what was wrong."""
    with Compose(engine, folder, swapped, {"ORDERS_RATE": f"{RATE}/s"}) as compose:
        Stream(compose, say).play()
