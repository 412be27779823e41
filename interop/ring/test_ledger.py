"""The rules over the ledgers: each must be seen to break. Run by `python3 -m unittest discover -s interop/ring`."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("shared", "kafka"))]

import log  # noqa: E402
import lz4  # noqa: E402
import records  # noqa: E402
import wire  # noqa: E402
from daemons import Failed  # noqa: E402
from ledger import books, rules, stamps  # noqa: E402
from ledger.keeping import Looks  # noqa: E402

VERSION = "00000000-0000-4000-8000-000000000000"


def stamp(key, sequence):
    """A stamp of run a."""
    return stamps.Stamp("a", key, sequence)


def whole():
    """Two partitions, a key each, three records; the last of partition 1 is a dead letter. One process was killed and its successor repeats a line."""
    stored = [books.Stored(partition, offset, stamp(partition, offset), True, b"%d%d" % (partition, offset))
              for partition in (0, 1) for offset in (0, 1, 2)]
    stored[5].stamp = None
    sink = [books.Handled(partition, offset, stamp(partition, offset), True)
            for partition, offset in ((0, 0), (1, 0), (0, 1), (0, 1), (1, 1), (0, 2))]
    made = [record.stamp for record in stored if record.stamp]
    return books.Books(
        stored, [sink], {"a": books.Run(made, 5, True)}, letters=[books.Letter(1, 2, b"12")],
        samples=[books.Sample({0: -1, 1: -1}, [0]), books.Sample({0: 1, 1: 1}, [3]), books.Sample({0: 3, 1: 3}, [6], 1)],
        deaths=[books.Sample({0: 1, 1: 1}, [3])],
        endings=[books.Ending("consumer", 0, 0, 1.0, 45)], totals=[books.Total("lines", 6, 6)])


class Rules(unittest.TestCase):
    """Good ledgers are let through; each kind of bad ones is seen by its rule."""

    def breaks(self, change, *numbers):
        """The rules that break after a change are these."""
        changed = whole()
        change(changed)
        self.assertEqual({problem.split(":")[0] for problem in rules.broken(changed)}, set(numbers))
        with self.assertRaises(Failed):
            rules.check(changed)

    def test_whole(self):
        self.assertEqual(rules.broken(whole()), [])
        self.assertIn("duplicates 1 of at most 1", rules.check(whole()))

    def test_l1_lost_at_the_end(self):
        def lose(ledgers):
            del ledgers.sinks[0][5]
            ledgers.samples[-1] = books.Sample({0: 2, 1: 3}, [5], 1)
        self.breaks(lose, "L1")

    def test_l1_lost_dead_letter(self):
        def lose(ledgers):
            ledgers.letters.clear()
            ledgers.samples[-1] = books.Sample({0: 3, 1: 2}, [6], 0)
        self.breaks(lose, "L1")

    def test_l1_acknowledged_and_gone(self):
        def lose(ledgers):  # the log does not have it either, so only the producer's counter tells
            ledgers.runs["a"] = ledgers.runs["a"]._replace(acknowledged=6, is_whole=False)
        self.breaks(lose, "L1", "L6")

    def test_l2_hole(self):
        def lose(ledgers):
            ledgers.sinks[0] = [line for line in ledgers.sinks[0] if (line.partition, line.offset) != (1, 1)]
            ledgers.samples[-1] = books.Sample({0: 3, 1: 3}, [5], 1)
        self.breaks(lose, "L1", "L2", "L5")

    def test_l3_order_in_the_sink(self):
        def swap(ledgers):
            sink = ledgers.sinks[0]
            sink[4], sink[1] = sink[1], sink[4]
            del ledgers.samples[1], ledgers.deaths[0]
            ledgers.most_duplicates = 1
        self.breaks(swap, "L3")

    def test_l3_order_in_the_log(self):
        def swap(ledgers):
            first, second = ledgers.stored[0], ledgers.stored[1]
            first.stamp, second.stamp = second.stamp, first.stamp
            for line in ledgers.sinks[0]:
                if line.partition == 0 and line.offset < 2:
                    line.stamp = stamp(0, 1 - line.offset)
        self.breaks(swap, "L3")

    def test_l4_more_than_was_uncommitted(self):
        def repeat(ledgers):
            ledgers.sinks[0] += ledgers.sinks[0][:2]
        self.breaks(repeat, "L4")

    def test_l4_when_none_are_allowed(self):
        def forbid(ledgers):
            ledgers.most_duplicates = 0
        self.breaks(forbid, "L4")

    def test_l5_committed_before_it_was_handled(self):
        def early(ledgers):
            ledgers.samples[1] = books.Sample({0: 3, 1: 1}, [3])
        self.breaks(early, "L5")

    def test_l5_committed_before_the_letter(self):
        def early(ledgers):
            ledgers.samples[2] = books.Sample({0: 3, 1: 3}, [6], 0)
        self.breaks(early, "L5")

    def test_l6_twice_in_the_log(self):
        def twice(ledgers):
            ledgers.stored.append(books.Stored(0, 3, stamp(0, 2), True, b"03"))
            ledgers.sinks[0].append(books.Handled(0, 3, stamp(0, 2), True))
        self.breaks(twice, "L6")

    def test_l6_acknowledged_and_not_in_the_log(self):
        def gone(ledgers):
            ledgers.runs["a"].stamps.append(stamp(0, 3))
        self.breaks(gone, "L1", "L6")

    def test_l6_never_handed_in(self):
        def foreign(ledgers):
            ledgers.runs["a"].stamps.pop()
        self.breaks(foreign, "L6")

    def test_l7_checksum(self):
        def spoil(ledgers):
            ledgers.sinks[0][0].is_sound = False
        self.breaks(spoil, "L7")

    def test_l7_dead_letter_changed(self):
        def spoil(ledgers):
            ledgers.letters[0].digest = b"??"
        self.breaks(spoil, "L7")

    def test_l7_another_record(self):
        def spoil(ledgers):
            ledgers.sinks[0].append(books.Handled(0, 0, stamp(1, 0), True))
            ledgers.most_duplicates = 2
        self.breaks(spoil, "L7")

    def test_l8_code_and_time(self):
        for ending in (books.Ending("consumer", 75, 0, 1.0, 45), books.Ending("consumer", 0, 0, 46.0, 45)):
            def replace(ledgers, ending=ending):
                ledgers.endings.append(ending)
            self.breaks(replace, "L8")

    def test_l9_in_sink_and_dead_letter(self):
        def both(ledgers):
            ledgers.letters.append(books.Letter(0, 0, b"00"))
        self.breaks(both, "L9")

    def test_l10_counted_otherwise(self):
        def lie(ledgers):
            ledgers.totals.append(books.Total("lines", 5, 6))
        self.breaks(lie, "L10")


class Stamps(unittest.TestCase):
    """Orders that carry stamps."""

    def test_lines_read_back(self):
        with tempfile.TemporaryDirectory() as folder:
            made = stamps.write_lines(Path(folder) / "in", "a", 100, 7, seed=1)
            orders = [json.loads(line) for line in (Path(folder) / "in").read_text(encoding="utf-8").splitlines()]
        self.assertEqual([stamps.read(order) for order in orders], [(one, True) for one in made])
        self.assertEqual(len(set(made)), 100)
        for order in orders[:5]:
            self.assertEqual(records.read_frame(records.frame(VERSION, records.avro(order))), order)
            order["order_items"][0]["quantity"] += 1
            self.assertFalse(stamps.read(order)[1])
        self.assertIsNone(records.read_frame(b"\x03\x00short"))


class Interruptions(unittest.TestCase):
    """What comes twice after one may have been handled long after the broker was back: until the group commits again."""

    def looks(self, *raw):
        looks = Looks(None, [], None)
        looks.raw = list(raw)
        return looks

    def test_lasts_until_more_is_committed(self):
        looks = self.looks(({0: 5}, [50], {}), ({0: 5}, [300], {}), ({0: 30}, [310], {}), ({0: 90}, [900], {}))
        self.assertEqual(looks.until_committed(0), ({0: 5}, [310], {}))
        self.assertEqual(looks.until_committed(2), ({0: 30}, [900], {}))

    def test_lasts_to_the_end_if_nothing_more_is(self):
        looks = self.looks(({0: 5}, [50], {}), ({0: 5}, [300], {}))
        self.assertEqual(looks.until_committed(0), ({0: 5}, [300], {}))


class Logs(unittest.TestCase):
    """The log's bytes, against what others wrote."""

    def test_lz4(self):
        # Three letters, a match of fifteen that overlaps itself, ten digits; and a frame of one stored block.
        block = bytes.fromhex("3b616263 0300 a0 30313233343536373839".replace(" ", ""))
        frame = lz4.MAGIC + b"\x60\x40\x82" + len(block).to_bytes(4, "little") + block + bytes(4)
        self.assertEqual(lz4.decompress(frame), b"abc" * 6 + b"0123456789")
        stored = lz4.MAGIC + b"\x60\x40\x82" + (lz4.STORED | 3).to_bytes(4, "little") + b"abc" + bytes(4)
        self.assertEqual(lz4.decompress(stored), b"abc")
        with self.assertRaises(ValueError):
            lz4.decompress(b"abcd" + stored[4:])

    def test_batch(self):
        rows = [(b"k", b"v" * 100), (None, b""), (b"gone", None)]
        batch = wire._batch(rows, 0)
        self.assertTrue(log.verify(batch))
        found, after = log._batches(4, batch, 0)
        self.assertEqual([(record.partition, record.offset, record.key, record.value) for record in found],
                         [(4, index, *row) for index, row in enumerate(rows)])
        self.assertEqual(after, 3)
        self.assertEqual(log._batches(4, batch[:-1], 7), ([], 7))


if __name__ == "__main__":
    unittest.main()
