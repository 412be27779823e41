"""The checker itself: it must see each fault that it exists for. Run by `python3 -m unittest discover -s interop/ring`."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("shared", "kafka"))]

import output  # noqa: E402
import records  # noqa: E402
import wire  # noqa: E402
from daemons import Failed  # noqa: E402
from scenarios.flow import equal_values  # noqa: E402

ORDER = {"order_id": "00000000-0000-4000-8000-000000000000", "ordered_at": 1681272158640, "user_id": "iedxa",
         "order_items": [{"product_id": 9999, "quantity": 10}]}


def row(offset, order=None, partition=0, topic="t"):
    """A row as the consumer prints it."""
    value = dict(order or ORDER, ordered_at="2023-04-12T04:02:38.640Z")
    return {"topic": topic, "partition": partition, "offset": offset, "timestamp": "2023-04-12T04:02:38.640Z",
            "timestamp_type": "CREATE_TIME", "key": records.key_of(value["order_id"]), "value": value, "headers": []}


class Judge(unittest.TestCase):
    """Rows against the log."""

    def verdict(self, rows, end=3):
        """Lost, duplicates and order breaks of rows of one partition that ends at `end`."""
        found = output.judge(rows, "t", {0: (0, end, None)})
        return found.lost, found.duplicates, found.order_breaks

    def test_whole(self):
        self.assertEqual(self.verdict([row(0), row(1), row(2)]), (0, 0, 0))

    def test_lost(self):
        self.assertEqual(self.verdict([row(0), row(2)]), (1, 0, 0))

    def test_duplicates_keep_order(self):
        self.assertEqual(self.verdict([row(0), row(1), row(0), row(1), row(2)]), (0, 2, 0))

    def test_order(self):
        self.assertEqual(self.verdict([row(1), row(0), row(2)]), (0, 0, 1))

    def test_impossible_rows(self):
        for rows in ([row(3)], [row(0, topic="u")], [row(0), row(0, dict(ORDER, user_id="x"))]):
            with self.assertRaises(Failed):
                self.verdict(rows)

    def test_must_be_whole(self):
        for verdict in (output.Verdict(lost=1), output.Verdict(order_breaks=1), output.Verdict(duplicates=1)):
            with self.assertRaises(Failed):
                verdict.must_be_whole(duplicates_allowed=False)
        output.Verdict(duplicates=1).must_be_whole(duplicates_allowed=True)


class Values(unittest.TestCase):
    """Values against the lines that were written."""

    def test_equal(self):
        self.assertEqual(equal_values([row(0)], [ORDER]), ({0: 1}, 0))

    def test_unequal(self):
        for other in (dict(ORDER, user_id="x"), dict(ORDER, order_items=[])):
            with self.assertRaises(Failed):
                equal_values([row(0, other)], [ORDER])

    def test_generated_orders(self):
        value = row(0)["value"]
        self.assertIsNone(records.problem_of_generated(value, 1681272158640, 1681272158640))
        wrong = {"order_id": "x", "user_id": "nobody", "order_items": [], "ordered_at": "2024-04-12T04:02:38.640Z"}
        for field, bad in wrong.items():
            self.assertIsNotNone(records.problem_of_generated({**value, field: bad}, 1681272158640, 1681272158640), field)
        for item in ({"product_id": 0, "quantity": 1}, {"product_id": 1, "quantity": 11}, {"product_id": 1.0, "quantity": 1}):
            self.assertIsNotNone(records.problem_of_generated({**value, "order_items": [item]}, 0, 2**60), item)

    def test_instants(self):
        self.assertEqual(records.instant_ms("1969-12-31T23:59:59.999Z"), -1)
        for text in ("2023-04-12T04:02:38Z", "2023-04-12T04:02:38.640", "2023-04-12 04:02:38.640Z"):
            with self.assertRaises(ValueError):
                records.instant_ms(text)


class Lines(unittest.TestCase):
    """The file that the consumer wrote."""

    def test_torn_and_foreign_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "out"
            for text in ('{"topic": 1}\n', "not json\n", '{"topic": "t"}'):
                path.write_text(text, encoding="utf-8")
                with self.assertRaises(Failed):
                    output.Output(path).rows()


class Bytes(unittest.TestCase):
    """Hashes and encodings, against values that others computed."""

    def test_murmur2_of_java(self):
        known = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536,
                 b"a-little-bit-longer-string": -1486304829, b"abc": 479470107}
        for key, hashed in known.items():
            self.assertEqual(output.murmur2(key), hashed % 2**32, key)

    def test_crc32c(self):
        self.assertEqual(wire.crc32c(b"123456789"), 0xE3069283)

    def test_varint(self):
        for number, encoded in ((0, "00"), (-1, "01"), (1, "02"), (-64, "7f"), (64, "8001"), (-2**63, "ff" * 9 + "01")):
            self.assertEqual(wire.varint(number).hex(), encoded, number)

    def test_avro(self):
        self.assertEqual(records.avro({**ORDER, "order_id": "a"}).hex(), "0261e0e689baee610a6965647861029e9c011400")


if __name__ == "__main__":
    unittest.main()
