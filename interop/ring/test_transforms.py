"""The checker of conditions, changes and routes: it must see each fault that it exists for. Run by `python3 -m unittest discover -s interop/ring`."""

import copy
import json
import random
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("shared", "kafka"))]

import payments  # noqa: E402
from daemons import Failed  # noqa: E402
from log import Record  # noqa: E402
from scenarios import transforms  # noqa: E402

BEGIN = payments.LEAST
PAYMENT = {
    "number": BEGIN, "status": "paid", "country": "NZ", "email": "w\u00f6r.1@secret.example", "card": 4999_0000_0000_0001, "born": -7999, "note": "private note",
    "customer": {"city": "a/../b", "phone": "+99-1", "name": "private"}, "items": [{"sku": "sku-1", "price": 0.25, "count": 2}],
}


def payment(number, **changes):
    """One like the others."""
    return {**copy.deepcopy(PAYMENT), "number": number, **changes}


# By their offsets: the lake's, one to audit, one passed over by its country, one by its status, the main sink's; behind them a key without a value.
PAYMENTS = [payment(BEGIN), payment(BEGIN + 1, country="AU"), payment(BEGIN + 2, country="US"), payment(BEGIN + 3, status="open"), payment(BEGIN + 4, country=None)]
END = len(PAYMENTS)


def written():
    """What is to be in the sinks of a topic with these."""
    keys = [payments.key_of(one["number"]).encode() for one in PAYMENTS]
    log = [Record(0, offset, key, b"frame") for offset, key in enumerate(keys)] + [Record(0, END, keys[0], None)]
    return transforms.Written.of(log, {one["number"]: one for one in PAYMENTS})


def row(offset, value=None, at=None):
    """A row as the consumer prints it."""
    key = payments.key_of(PAYMENTS[at if at is not None else offset]["number"])
    return {"topic": "t", "partition": 0, "offset": offset, "timestamp": "2023-04-12T04:02:38.640Z", "timestamp_type": "CREATE_TIME",
            "key": key, "value": value, "headers": []}


def left(offset):
    """A row of what is left of a payment."""
    return row(offset, payments.left_of(PAYMENTS[offset]))


GRAVE = row(END, at=0)


class Payments(unittest.TestCase):
    """What is to become of them."""

    def test_each_goes_one_way(self):
        self.assertEqual([payments.sinks_of(one) for one in PAYMENTS], [("lake",), ("audit",), (), (), ("sink",)])
        self.assertEqual(payments.sinks_of(payment(BEGIN - 1)), ())
        self.assertEqual(payments.sinks_of(None), ("sink", "audit", "lake"))

    def test_masks(self):
        # By `openssl dgst -sha256 -hmac`.
        self.assertEqual(payments.mask("+99-1"), "70ec64548832f70a32adeac22e766960337de3f569122ff90997b8202fd5199d")
        self.assertIsNone(payments.mask(None))

    def test_what_is_left_hides_everything(self):
        rnd = random.Random(1)
        for number in range(500):
            one = payments.make(rnd, number)
            self.assertIsNotNone(payments.HIDDEN.search(json.dumps(one).encode()))
            text = json.dumps(payments.left_of(one))
            self.assertIsNone(payments.HIDDEN.search(text.encode()), text)

    def test_folders(self):
        for city, name in (("K\u00f6ln", "K%C3%B6ln"), ("a/../b", "a%2F..%2Fb"), ("", payments.NO_CITY), (None, payments.NO_CITY)):
            self.assertEqual(payments.folder_of({"customer": {"city": city}}), f"customer.city={name}")
        self.assertEqual(payments.folder_of(None), f"customer.city={payments.NO_CITY}")


class Files(unittest.TestCase):
    """Lines of a file sink."""

    def judged(self, name, rows):
        """How many came twice."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "out"
            path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
            return transforms.judge_file(written(), name, path, "t")

    def test_whole(self):
        self.assertEqual(self.judged("sink", [left(4), GRAVE]), 0)
        self.assertEqual(self.judged("audit", [left(1), left(1), GRAVE]), 1)

    def test_lost_strange_and_out_of_order(self):
        for rows in ([left(1)], [GRAVE], [GRAVE, left(1)], *([left(1), left(other), GRAVE] for other in (0, 2, 3, 4))):
            with self.assertRaises(Failed):
                self.judged("audit", rows)

    def test_values(self):
        whole = payments.left_of(PAYMENTS[1])
        wrong = [{"email": PAYMENT["email"]}, {"card": payments.mask("4.999e15")}, {"status": "paid"}, {"note": None}, {"country": "AU"}, {"land": "NZ"},
                 {"customer": {**whole["customer"], "name": "x"}}, {"items": PAYMENT["items"]}]
        for value in (*({**whole, **change} for change in wrong), {}, None):
            with self.assertRaises(Failed):
                self.judged("audit", [row(1, value), GRAVE])
        with self.assertRaises(Failed):
            self.judged("audit", [row(1, whole, at=0), GRAVE])
        with self.assertRaises(Failed):
            self.judged("audit", [left(1), row(END, whole, at=0)])


class Lake(unittest.TestCase):
    """Rows of the lake's files."""

    def judged(self, *rows):
        """How many folders there are."""
        return transforms.judge_lake(written(), list(rows), "t")

    def of(self, offset, folder, value, key=None):
        """A row as rows.py writes it."""
        return {"file": f"t/customer.city={folder}/t+0+0+0.parquet", "partition": 0, "offset": offset, "key": key or payments.key_of(BEGIN), "value": value}

    def setUp(self):
        whole = payments.left_of(PAYMENT)
        self.first, self.grave = self.of(0, "a%2F..%2Fb", whole), self.of(END, payments.NO_CITY, dict.fromkeys(whole))

    def test_whole(self):
        self.assertEqual(self.judged(self.grave, self.first), 2)
        self.assertEqual(self.judged(self.of(END, payments.NO_CITY, {}), self.first), 2)

    def test_lost_strange_and_twice(self):
        strange = self.of(1, "a%2F..%2Fb", payments.left_of(PAYMENTS[1]), payments.key_of(BEGIN + 1))
        for rows in ([self.first], [self.grave], [self.first, self.grave, self.grave], [self.first, self.grave, strange]):
            with self.assertRaises(Failed):
                self.judged(*rows)

    def test_values_and_folders(self):
        whole = payments.left_of(PAYMENT)
        for wrong in (self.of(0, "Perth", whole), self.of(0, payments.NO_CITY, whole), self.of(0, "a%2F..%2Fb", {**whole, "note": None}),
                      self.of(0, "a%2F..%2Fb", {**whole, "email": PAYMENT["email"]}), self.of(0, "a%2F..%2Fb", whole, "payment-0"), self.of(0, "a%2F..%2Fb", {})):
            with self.assertRaises(Failed):
                self.judged(wrong, self.grave)


class Hidden(unittest.TestCase):
    """Texts that nobody is to see."""

    def test_each_is_found_wherever_it_is(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "out"
            customer, item = PAYMENT["customer"], PAYMENT["items"][0]
            for text in (PAYMENT["email"], PAYMENT["card"], "1948-02-06", PAYMENT["note"], customer["phone"], customer["name"], item["sku"], payments.KEY):
                path.write_bytes(b"PAR1\0\xff" + str(text).encode() + b"\0")
                with self.assertRaises(Failed, msg=text):
                    transforms.must_hide([path])
            path.write_text(json.dumps(left(0)), encoding="utf-8")
            transforms.must_hide([path])

    def test_no_log_names_a_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "log"
            path.write_text('{"path":"t/customer.city=Perth/t+0.parquet"}', encoding="utf-8")
            with self.assertRaises(Failed):
                transforms.must_name_no_folder([path])
            path.write_text('{"said":"partition_by is field:customer.city"}', encoding="utf-8")
            transforms.must_name_no_folder([path])


if __name__ == "__main__":
    unittest.main()
