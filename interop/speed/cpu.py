"""CPU-seconds of a client's process alone for a million records `order`: as a whole, and without its start."""

import itertools
import statistics
import time

import baseline
import made_up
import maven
import serde
from daemons import Daemon, Failed, wait_until
from scenarios.load import prepare
from stage import REGISTRY, Play
from stub import environment

FEW = 1_000  # records of the run that tells what a start costs
FRAME_BYTES = 77
# librdkafka's own tool sends one buffer without a key again and again, or a copy of it with a key, to any partition; the third, ours, sends
# keys and values that differ, as a program with records of its own has to.
FLOOR, SPREAD, KEYED = "its own tool, one buffer", "its own tool, copies with a key", "librdkafka, records that differ"
KEY_BYTES = 52
JAVA_FLAGS = ["-Xmx1g"]
SECONDS = 600
ASK_SECONDS = 0.2


class Rows:
    """What each program took: CPU and wall seconds of a few records, and of all."""

    def __init__(self, count):
        self.count, self.all = count, {}

    def measure(self, name, run):
        """One round: `run` works through so many records and returns the ended process."""
        few, many = run(FEW), run(self.count)
        million = 1e6 / (self.count - FEW)
        costs = many.cpu_seconds * 1e6 / self.count, (many.cpu_seconds - few.cpu_seconds) * million, many.wall_seconds
        self.all.setdefault(name, []).append(costs)

    def _median(self, name, column):
        return statistics.median(costs[column] for costs in self.all[name])

    def print(self, title, *beside):
        """All rows, each beside those named."""
        print(f"\n{title}, CPU-seconds a million records, median of {len(self.all[beside[0]])} rounds of {self.count:,}")
        heads = "".join(f" {f'x row {list(self.all).index(name) + 1}':>8}" for name in beside)
        print(f"{'':36} {'whole':>6} {'least-most':>13} {'without start':>14}{heads} {'wall s':>7}")
        for number, (name, rounds) in enumerate(self.all.items(), 1):
            whole, more = sorted(costs[0] for costs in rounds), self._median(name, 1)
            ratios = "".join(f" {more / self._median(other, 1):8.2f}" for other in beside)
            print(f"{number} {name:34} {self._median(name, 0):6.2f} {whole[0]:6.2f}-{whole[-1]:6.2f} {more:14.2f}{ratios} {self._median(name, 2):7.1f}")


class Programs:
    """The programs of others, on the topic of a play."""

    def __init__(self, play, tools):
        self.play, (self.tool, self.keyed_tool) = play, tools

    def _run(self, command):
        daemon = Daemon(command[0], command[1:], environment(self.play.folder), self.play.folder)
        self.play.daemons.append(daemon)
        return daemon.expect_exit(0, SECONDS)

    def performance(self, mode, count, settings):
        """librdkafka's own, with librdkafka's settings."""
        kafka = self.play.kafka.bootstrap
        return self._run([str(self.tool), *mode, "-t", self.play.topic, "-b", kafka, "-c", str(count), "-q", *_each("-X", settings)])

    def keyed(self, count):
        """librdkafka with keys and values that differ."""
        return self._run([str(self.keyed_tool), self.play.kafka.bootstrap, self.play.topic, str(count)])

    def java(self, way, count, last):
        """Java with the Glue serde."""
        stage, play = self.play.stage, self.play
        arguments = [way, play.kafka.bootstrap, play.topic, str(count), stage.stub.endpoint, REGISTRY, str(last)]
        return self._run([maven.java(), *JAVA_FLAGS, "-cp", f"{serde.BUILT / 'classes'}:{serde.JARS}/*", "gluestream.interop.Pipe", *arguments])


def _each(option, values):
    return [part for value in values for part in (option, value)]


def _produce(stage, asked, tools):
    rows = Rows(asked.records)
    settings = ["linger.ms=5", "enable.idempotence=true", "queue.buffering.max.messages=1000000"]
    files = {count: stage.folder / f"{count}.ndjson" for count in (FEW, asked.records)}
    for count, path in files.items():
        made_up.write_lines(path, count)
    for number in range(asked.runs):
        with Play(stage, f"produce-{number}") as play:
            prepare(play)
            programs = Programs(play, tools)
            mode = ["-P", "-s", str(FRAME_BYTES), "-z", "lz4", "-a", "-1"]
            rows.measure(FLOOR, lambda count: programs.performance(mode, count, settings))
            spread = [*mode, "-D", "-k", "k" * KEY_BYTES]
            rows.measure(SPREAD, lambda count: programs.performance(spread, count, [*settings, "partitioner=random"]))
            rows.measure(KEYED, programs.keyed)
            rows.measure("ours, source orders", lambda count: play.producer({"source.rate": "0/s", "source.max_records": count}).expect_exit(0, SECONDS))
            rows.measure("ours, source ndjson", lambda count: play.ndjson_producer(files[count]).expect_exit(0, SECONDS))
            rows.measure("Java, Glue serde", lambda count: programs.java("produce", count, stage.repository / "schemas" / "order.avsc"))
    rows.print("Producer", FLOOR, SPREAD, KEYED, "Java, Glue serde")


def _consume(stage, asked, tools):
    rows = Rows(asked.records)
    settings = ["auto.offset.reset=earliest", "check.crcs=true", "fetch.wait.max.ms=100"]
    groups = itertools.count()
    with Play(stage, "consume-few") as few, Play(stage, "consume") as many:
        plays = {FEW: few, asked.records: many}
        for count, play in plays.items():
            prepare(play)
            play.producer({"source.rate": "0/s", "source.max_records": count}).expect_exit(0, SECONDS)
        programs = {count: Programs(play, tools) for count, play in plays.items()}
        for _ in range(asked.runs):
            rows.measure("librdkafka alone", lambda count: programs[count].performance(["-G", f"speed-{next(groups)}"], count, settings))
            rows.measure("ours, sink file", lambda count: _ours(plays[count], next(groups), count))
            for form in ("objects", "text"):
                rows.measure(f"Java, Glue serde, to {form}", lambda count, form=form: programs[count].java("consume", count, form))
    rows.print("Consumer", "librdkafka alone", "Java, Glue serde, to objects")


def _ours(play, group, count):
    """Our consumer cannot be told to end after so many: it is asked now and then, which costs it something, too."""
    consumer = play.consumer({"kafka.group_id": f"speed-{group}", "sink.path": "/dev/null"})
    wait_until("the consumer is ready", lambda: consumer.must_run() or consumer.status("/ready") == 200, 60)
    until = time.monotonic() + SECONDS
    while consumer.metric("consumer_records_processed_total", result="delivered") < count:
        consumer.must_run()
        if time.monotonic() > until:
            raise Failed(f"the consumer is not through {count} records after {SECONDS} s")
        time.sleep(ASK_SECONDS)
    return consumer.terminate()


def table(stage, asked):
    """Builds what is measured beside us, runs each in turn, and prints two tables."""
    tools = baseline.programs()
    serde.build()
    _produce(stage, asked, tools)
    _consume(stage, asked, tools)
    print("\naims: our producer at most 2 x librdkafka and 0.20 of Java, our consumer at most 2 x librdkafka and 0.33 of Java")
