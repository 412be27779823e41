"""Keeps the ledgers of one scenario while it runs, and puts them together at its end."""

import bisect
import json
import signal
import threading
import time

import records
import wire
from daemons import Failed, wait_until
from ledger import books, rules, stamps
from output import Output

LOOK_SECONDS = 0.05
AGAIN_SECONDS = 0.1
GRACE_SECONDS = 45  # shutdown.grace


class Looks(threading.Thread):
    """Looks many times a second what the group has committed, and after that at what is in the sinks and among the dead letters."""

    def __init__(self, play, sinks, letters):
        super().__init__(daemon=True)
        self.play, self.sinks, self.letters = play, sinks, letters
        self.raw, self.over = [], threading.Event()

    def run(self):
        while not self.over.is_set():
            try:
                kafka, play = self.play.kafka, self.play
                with wire.Connection(wire.coordinator(kafka.internal, play.group), 2.0) as coordinator:
                    while not self.over.is_set():
                        committed = wire.committed(coordinator, play.group, play.topic, range(play.partitions))
                        self.raw.append((committed, *self.ends()))
                        self.over.wait(LOOK_SECONDS)
            except (OSError, wire.KafkaError, ValueError):
                self.over.wait(AGAIN_SECONDS)  # the coordinator is away

    def ends(self):
        """The size of each sink, and the end of each partition of the dead letters."""
        letters = {}
        if self.letters:
            letters = {number: latest for number, (_, latest, _) in self.play.kafka.offsets(self.letters).items()}
        return [path.stat().st_size if path.exists() else 0 for path in self.sinks], letters

    def until_committed(self, number):
        """What was committed at this look, and the ends when a later one first saw that more is: all that may come again."""
        committed = self.raw[number][0]
        _, *ends = next((look for look in self.raw[number:] if look[0] != committed), self.raw[-1])
        return committed, *ends

    def now(self):
        """One look, made by the caller."""
        play = self.play
        committed = {number: done for number, (_, _, done) in play.kafka.offsets(play.topic, play.group).items()}
        return committed, *self.ends()


class Ledgers:
    """The ledgers of one play, whose topic exists. Use as a context manager."""

    def __init__(self, play, sinks=None, letters=None):
        self.play, self.sinks, self.letters = play, sinks or [play.output], letters
        self.output = Output(self.sinks[0])
        self.looks = Looks(play, self.sinks, letters)
        self.runs, self.deaths, self.endings, self.totals = {}, [], [], []
        self.interruptions = []  # each the last look before it was over
        self.began = {}  # lines of the first sink when a consumer was started

    def __enter__(self):
        self.looks.start()
        return self

    def __exit__(self, *_):
        self.looks.over.set()
        self.looks.join(10)

    # The producer's side.

    def write(self, run, count, keys=None):
        """Writes the lines of a run; returns the file."""
        path = self.play.folder / f"{run}.ndjson"
        made = stamps.write_lines(path, run, count, keys or max(1, count // 20), seed=run)
        self.runs[run] = books.Run(made, 0, False)
        return path

    def produced(self, run, producer, seconds=120):
        """Waits for the end of a run that has to be whole."""
        producer.expect_exit(0, seconds)
        self.runs[run] = books.Run(self.runs[run].stamps, _delivered(producer), True)

    def cut_short(self, run, producer):
        """Notes a run that has ended in its midst, and has said how many records were acknowledged."""
        self.acknowledged(run, _delivered(producer))

    def acknowledged(self, run, count):
        """Notes what the producer counted last in a run that does not come to its end."""
        self.runs[run] = self.runs[run]._replace(acknowledged=int(count))

    # The consumer's side.

    def consumer(self, settings=None):
        """Starts a consumer with the file sink."""
        consumer = self.play.consumer(settings)
        self.began[consumer] = self.output.count()
        return consumer

    def wait_consumed(self, consumer, count, seconds=60):
        """Waits until the first sink has so many lines."""
        self.play.wait_consumed(consumer, self.output, count, seconds)

    def kill(self, consumer):
        """kill -9, and a look at what was handled and not committed."""
        consumer.kill()
        self.deaths.append(self.looks.now())

    def gone(self):
        """The consumer has ended by itself or as told: what it handled and is not known as committed may come again."""
        wait_until("the group has been looked at", lambda: self.looks.raw, 20)
        self.deaths.append((self.looks.raw[-1][0], *self.looks.ends()))

    def interrupted(self):
        """The consumer lives and may have been missed: what it handles before its next commit may come again."""
        wait_until("the group has been looked at", lambda: self.looks.raw, 20)
        self.interruptions.append(len(self.looks.raw) - 1)

    def end(self, daemon, code=0, most_seconds=GRACE_SECONDS + 2):
        """SIGTERM; how it ends is noted, and judged later. Returns the seconds it took."""
        return self.end_all([daemon], code, most_seconds)[0]

    def end_all(self, daemons, code=0, most_seconds=GRACE_SECONDS + 2):
        """The same for several at a time."""
        for daemon in daemons:
            daemon.must_run()
        began = time.monotonic()
        for daemon in daemons:
            daemon.process.send_signal(signal.SIGTERM)
        wait_until("all have ended", lambda: all([daemon.poll() is not None for daemon in daemons]), most_seconds + 30)
        took = [daemon.ended - began for daemon in daemons]
        for daemon, seconds in zip(daemons, took):
            self.endings.append(books.Ending(daemon.name, daemon.exit_code, code, seconds, most_seconds))
        return took

    def consumed(self, consumer, seconds=60):
        """Waits until the group has committed all, compares counts, and ends the consumer; returns how long that took."""
        self.play.wait_committed(consumer, seconds)
        told = consumer.metric("consumer_records_processed_total", result="delivered")
        self.totals.append(books.Total("lines of the consumer", told, self.output.count() - self.began[consumer]))
        return self.end(consumer)

    # The end.

    def books(self, most_duplicates=None):
        """All ledgers, put together after everything has ended."""
        self.looks.over.set()
        self.looks.join(10)
        sinks, line_ends = zip(*map(_sink, self.sinks))
        letters, letters_seen = self._letters()
        stored = [_stored(record) for record in self.play.kafka.records(self.play.topic)]
        for run, (made, delivered, is_whole) in self.runs.items():
            if is_whole:
                self.totals.append(books.Total(f"records of the producer's run {run}", delivered, len(made)))

        def sample(raw):
            committed, sizes, ends = raw
            lines = [bisect.bisect_right(positions, size) for positions, size in zip(line_ends, sizes)]
            return books.Sample(committed, lines, letters_seen(ends))
        deaths = [*self.deaths, *map(self.looks.until_committed, self.interruptions)]
        return books.Books(
            stored, list(sinks), self.runs, letters, list(map(sample, self.looks.raw)), list(map(sample, deaths)),
            self.endings, self.totals, most_duplicates)

    def verdict(self, most_duplicates=None):
        """The counts in words; fails when a rule is broken."""
        return rules.check(self.books(most_duplicates))

    def _letters(self):
        """The dead letters in the order in which looks first saw them, and how many of them a look with these ends saw."""
        if not self.letters:
            return [], lambda _: 0
        found = self.play.kafka.records(self.letters)
        looks = [ends for _, _, ends in self.looks.raw]

        def first_seen(record):
            return bisect.bisect_left(looks, True, key=lambda ends: ends.get(record.partition, 0) > record.offset)
        found.sort(key=first_seen)
        firsts = [first_seen(record) for record in found]

        def seen(ends):
            return bisect.bisect_left(firsts, True, key=lambda first: first >= len(looks) or not _covers(ends, looks[first]))
        return [_letter(record) for record in found], seen


def _covers(ends, earlier):
    return all(ends.get(partition, 0) >= end for partition, end in earlier.items())


def _delivered(producer):
    """The records acknowledged, as the producer's last words have it."""
    said = [flat for entry in producer.log() if "delivered" in (flat := {**entry, **entry.get("fields", {})})]
    if not said:
        raise Failed(f"the producer has not said what it delivered, but:\n{producer.last_words()}")
    return said[-1]["delivered"]


def _stored(record):
    order = records.read_frame(record.value)
    stamp, is_sound = stamps.read(order) if order else (None, False)
    return books.Stored(record.partition, record.offset, stamp, is_sound, books.digest(record.key, record.value))


def _letter(record):
    said = dict(record.headers)
    partition, offset = (int(said[f"__connect.errors.{name}"]) for name in ("partition", "offset"))
    return books.Letter(partition, offset, books.digest(record.key, record.value))


def _sink(path):
    """The lines of a sink and where each ends."""
    handled, ends, at = [], [], 0
    if not path.exists():
        return handled, ends
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            at += len(line)
            if not line.endswith(b"\n"):
                raise Failed(f"line {number} of {path.name}, the last, has no end")
            row = json.loads(line)
            value = row["value"]
            order = {**value, "ordered_at": records.instant_ms(value["ordered_at"])}
            stamp, is_sound = stamps.read(order)
            handled.append(books.Handled(row["partition"], row["offset"], stamp, is_sound))
            ends.append(at)
    return handled, ends
