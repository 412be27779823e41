"""What the suite's judge lets pass and what not."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "shared")]

import suite  # noqa: E402
from daemons import Failed  # noqa: E402


def report(outcomes, count=suite.TESTS_IN_ALL):
    """A report with these outcomes and otherwise passed tests."""
    told = [f'<testcase name="{name}">{outcome}</testcase>' for name, outcome in outcomes.items()]
    told += [f'<testcase name="passed_{number}" />' for number in range(count - len(told))]
    return f"<testsuites><testsuite>{''.join(told)}</testsuite></testsuites>"


EXPECTED = {name: f'<failure message="AssertionError: {why}" />' for name, why in suite.EXPECTED.items()}


class Judging(unittest.TestCase):
    def refused(self, text, why):
        with self.assertRaisesRegex(Failed, why):
            suite.judge(text)

    def test_exactly_the_expected_failures_pass(self):
        self.assertIn("67 of 69", suite.judge(report(EXPECTED)))

    def test_another_failure_is_a_finding(self):
        self.refused(report({**EXPECTED, "other": '<failure message="x" />'}), "other: failure: x")

    def test_an_expected_failure_for_another_reason_is_a_finding(self):
        name = next(iter(EXPECTED))
        self.refused(report({**EXPECTED, name: '<failure message="refused connection" />'}), "refused connection")
        self.refused(report({**EXPECTED, name: f'<error message="{suite.EXPECTED[name]}" />'}), "error: ")

    def test_an_expected_failure_that_passes_is_a_finding(self):
        name = next(iter(EXPECTED))
        self.refused(report({**EXPECTED, name: ""}), f"{name}: passed")

    def test_a_skipped_test_is_a_finding(self):
        self.refused(report({**EXPECTED, "other": '<skipped message="why" />'}), "other: skipped: why")

    def test_the_number_of_tests_is_known(self):
        self.refused(report(EXPECTED, 68), "68 tests ran")
        self.refused(report(EXPECTED, 70), "70 tests ran")


if __name__ == "__main__":
    unittest.main()
