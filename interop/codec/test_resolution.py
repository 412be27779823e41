"""How records read under another schema are held against Java's: each way of being wrong is a finding."""

import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("shared", "java", "python"))]

from avro import model  # noqa: E402
from cases import java_defect  # noqa: E402
from daemons import Failed  # noqa: E402
from scenarios import resolution  # noqa: E402
from stage import Findings, Refused  # noqa: E402

READ = {"ok": True}
REFUSED = {"ok": False, "kind": "resolution", "error": "e"}
JAVA = {"error": "org.apache.avro.AvroTypeException: Found int, expecting string"}


class Compare(unittest.TestCase):
    """One record of a pair that reads an int as a long, and bytes as a string."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.findings = Findings(SimpleNamespace(folder=Path(folder.name)), "x")
        self.pair = self.made("int", "long")

    def made(self, writer, reader):
        pair = resolution.Pair(1, 1)
        pair.records = [7]
        pair.writer, pair.reader = model.parse(writer), model.parse(reader)
        return pair

    def compare(self, pair, record, java, answer, value):
        result = resolution._compare(pair, record, java, answer, value, self.findings)
        return result, len(self.findings.found)

    def test_alike(self):
        self.assertEqual(self.compare(self.pair, 7, "0e", READ, "7"), ("read", 0))
        self.assertEqual(self.compare(self.pair, 7, JAVA, REFUSED, None), ("refused", 0))

    def test_values_differ(self):
        self.assertEqual(self.compare(self.pair, 7, "0e", READ, "8"), ("read", 1))
        self.assertEqual(self.compare(self.pair, 7, "0e", READ, '"7"'), ("read", 2))

    def test_verdicts_differ(self):
        self.assertEqual(self.compare(self.pair, 7, "0e", REFUSED, None), ("differ", 1))
        self.assertEqual(self.compare(self.pair, 7, JAVA, READ, "7"), ("differ", 2))

    def test_kinds_differ(self):
        self.assertEqual(self.compare(self.pair, 7, JAVA, {**REFUSED, "kind": "payload"}, None), ("refused", 1))
        self.assertEqual(self.compare(self.pair, 7, {"error": "java.lang.IllegalStateException: e"}, REFUSED, None), ("refused", 2))

    def test_what_is_left_out_is_counted_by_pairs_and_by_records(self):
        sound = {"read": 9_000, "refused": 3_000, "left out": 300, "pairs left out": 100}
        resolution._must_be_many_sided(sound)
        for key, one in (("read", 1_499), ("refused", 1_499), ("left out", 301), ("pairs left out", 101)):
            with self.assertRaises(Failed, msg=key):
                resolution._must_be_many_sided({**sound, key: one})

    def test_bytes_that_are_no_text_are_read(self):
        pair = self.made("bytes", "string")
        self.assertEqual(self.compare(pair, b"\xff", "02ff", READ, '"\ufffd"'), ("no text", 0))
        self.assertEqual(self.compare(pair, b"\xff", "02ff", REFUSED, None), ("differ", 1))

    def test_javas_second_look_at_defaults_is_left_out(self):
        java = {"error": "org.apache.avro.AvroTypeException: Invalid default for field a: {} not a {}"}
        self.assertEqual(self.compare(self.pair, 7, java, READ, "7"), ("left out", 0))

    def test_a_command_that_does_not_begin_has_refused(self):
        def refuse(*_):
            raise Refused("no")

        with tempfile.TemporaryDirectory() as folder:
            answers = resolution._ours(SimpleNamespace(folder=Path(folder), decode=refuse), self.pair)
        self.assertEqual([answer["ok"] for answer, _ in answers], [False] * len(self.pair.records))

    def test_javas_own_defects(self):
        defect = {"error": "org.apache.avro.AvroRuntimeException: Schema fields not set yet"}
        self.assertTrue(java_defect(defect) and java_defect({"values": ["0e", defect]}))
        self.assertFalse(java_defect({"values": ["0e", {"error": "AvroTypeException"}]}) or java_defect({"error": "x"}))


if __name__ == "__main__":
    unittest.main()
