"""How our verdicts are held against Java's: each way of being wrong is a finding."""

import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("shared", "java", "python"))]

from daemons import Failed  # noqa: E402
from scenarios import verdicts  # noqa: E402
from stage import Findings  # noqa: E402

FITS = {"compatible": True, "verdict": "compatible"}
CLASH = {"compatible": False, "verdict": "the new version cannot read version 1\n  R.a: alias-clash: the reader has aliases"}


class Compare(unittest.TestCase):
    """One verdict beside Java's."""

    def compare(self, java, answer):
        with tempfile.TemporaryDirectory() as folder:
            findings = Findings(SimpleNamespace(folder=Path(folder)), "x")
            pair = verdicts.Versions(1, 1, False)
            return verdicts._compare(pair, java, answer, "lenient", findings), len(findings.found)

    def test_alike(self):
        self.assertEqual(self.compare(True, FITS), ("compatible", 0))
        self.assertEqual(self.compare(False, CLASH), ("incompatible", 0))

    def test_verdicts_differ(self):
        self.assertEqual(self.compare(False, FITS), ("incompatible", 1))
        self.assertEqual(self.compare(True, CLASH), ("compatible", 1))
        self.assertEqual(self.compare(True, {"error": "no schema"}), ("compatible", 1))

    def test_what_java_throws_has_its_rule(self):
        java = {"error": "org.apache.avro.AvroRuntimeException: Duplicate field a in record R: a and a"}
        self.assertEqual(self.compare(java, CLASH), ("incompatible", 0))
        self.assertEqual(self.compare(java, FITS), ("incompatible", 1))
        self.assertEqual(self.compare({"error": "java.lang.IllegalStateException"}, CLASH), ("incompatible", 1))

    def test_javas_own_defects_are_left_out(self):
        self.assertEqual(self.compare({"error": "java.lang.StackOverflowError"}, FITS), ("left out", 0))
        self.assertEqual(self.compare({"error": "org.apache.avro.AvroRuntimeException: Schema fields not set yet"}, FITS), ("left out", 0))

    def test_both_verdicts_are_asked_of_both_rules(self):
        sound = {(rules, verdict): 1_900 for rules in ("lenient", "strict") for verdict in ("compatible", "incompatible")}
        sound |= {("lenient", "left out"): 80, ("strict", "left out"): 80}
        verdicts._must_be_many_sided(sound)
        for key, one in ((("lenient", "compatible"), 399), (("strict", "incompatible"), 399), (("strict", "left out"), 81)):
            with self.assertRaises(Failed, msg=key):
                verdicts._must_be_many_sided({**sound, key: one})


if __name__ == "__main__":
    unittest.main()
