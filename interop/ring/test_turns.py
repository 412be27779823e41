"""What is played when: nothing is left out, nothing twice. Run by `python3 -m unittest discover -s interop/ring`."""

import importlib.util
import sys
import unittest
from collections import Counter
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent

SPECIFICATION = importlib.util.spec_from_file_location("ring", HERE / "__main__.py")
ring = importlib.util.module_from_spec(SPECIFICATION)
sys.modules["ring"] = ring  # lanes are told to other processes by their names
SPECIFICATION.loader.exec_module(ring)


class Broken(Exception):
    """A stage that cannot be set."""


def no_stage(_binaries, _repository, folder, **_settings):
    """A stage that is set at once, unless it is that of three brokers."""
    if folder.name == "three":
        raise Broken
    return mock.MagicMock()


class Turns(unittest.TestCase):
    """The tables and how they are played."""

    def test_each_scenario_is_played_once(self):
        played = Counter(name for lanes in ring.TURNS for stages in ring.wanted_of(lanes, list(ring.ALL)) for _, names in stages for name in names)
        listed = Counter(name for scenarios, _ in ring.STAGES.values() for name in scenarios)
        self.assertEqual(played, listed)
        self.assertEqual(set(played.values()), {1})

    def test_what_is_not_asked_for_is_not_set_up(self):
        self.assertEqual([ring.wanted_of(lanes, ["mtls", "topics"]) for lanes in ring.TURNS], [[], [[("one", ["topics"]), ("secure", ["mtls"])]]])
        self.assertEqual([ring.wanted_of(lanes, ["kills", "kill", "rate"]) for lanes in ring.TURNS],
                         [[[("measured", ["rate"])]], [[("one", ["kill"])], [("deadly", ["kills"])]]])

    def test_lanes_have_ports_of_their_own(self):
        shares = [ring.cluster.share_of_ports(number, 2) for number in range(2)]
        self.assertFalse(set(shares[0]) & set(shares[1]))
        for share in shares:
            self.assertIn(ring.cluster.free_base_port(3, share), share)

    def test_failures_of_all_lanes_count_and_skipped_ones_too(self):
        def fails(_stage):
            raise ring.Failed("so")

        def skips(_stage):
            raise ring.Skipped("so")
        with mock.patch.object(ring, "Stage", no_stage), mock.patch.object(sys, "stdout"):
            with mock.patch.dict(ring.ALL, {"kill": fails, "kills": fails, "rate": fails, "mtls": skips, "topics": lambda _: "fine"}):
                self.assertEqual(ring.play_all(HERE, HERE, ["kill", "kills", "rate", "mtls", "topics"]), (3, 1))

    def test_a_lane_that_cannot_be_played_fails_the_ring(self):
        with mock.patch.object(ring, "Stage", no_stage), mock.patch.object(sys, "stdout"), mock.patch.dict(ring.ALL, {"topics": lambda _: "fine"}):
            with self.assertRaises(Broken):
                ring.play_all(HERE, HERE, ["topics", "rebalances"])


if __name__ == "__main__":
    unittest.main()
