"""The real-broker ring: the release binaries as processes, against a real Apache Kafka and the registry stub.

usage: python3 interop/ring [--bin DIR] [--keep] [--long] [SCENARIO ...]

Builds nothing: `cargo build --release --workspace` first. Without names every scenario runs, each on a topic of its own: first those that
measure, alone, then two lanes of the others side by side. Lines come as scenarios end.
Exit codes: 0 all passed, 1 one failed, 2 command line, 69 Java, Maven, Kafka's jars or the binaries are missing.
"""

import argparse
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("shared", "kafka"))]

import cluster  # noqa: E402
import jars  # noqa: E402
import scale  # noqa: E402
import wire  # noqa: E402
from daemons import Failed  # noqa: E402
from kept import Kept  # noqa: E402
from scenarios import bounds, brokers, deaths, disks, drains, ends, flow, inspections, lakes, moves, network, outages, rebalances, refusals, registry, requests, rotations, secrets, transforms, webhooks  # noqa: E402
from stage import Skipped, Stage  # noqa: E402

# What these find depends on how much of the machine they have.
MEASURED = {
    "orders": flow.orders,
    "rate": flow.rate,
    "requests": requests.frozen,
}
SCENARIOS = {
    "topics": flow.topics,
    "validate": inspections.validate,
    "ndjson": flow.ndjson,
    "bounds": bounds.bounds,
    "holes": bounds.holes,
    "terminate": ends.terminate,
    "kill": ends.kill,
    "resume": ends.resume,
    "pause": outages.pause,
    "restart": outages.restart,
    "registry-gone": registry.gone,
    "registry-hangs": registry.hangs,
    "lines": refusals.lines,
    "counted-lines": refusals.counted_lines,
    "stop-at-line": refusals.stop_at_line,
    "frames": refusals.frames,
    "stop-at-frame": refusals.stop_at_frame,
    "dead-letters": refusals.dead_letters,
    "lake": lakes.folder,
    "lake-bucket": lakes.bucket,
    "migrate": moves.migrate,
    "rotation": rotations.rotation,
    "webhook": webhooks.webhook,
    "transform": transforms.transform,
}
# On one broker with nothing but these in its log, which it has to read again after each death.
DEADLY = {
    "broker-killed": brokers.killed,
    "sigterm-healthy": drains.healthy,
    "sigterm-dead": drains.dead,
    "kills": deaths.kills,
    "broker-full": disks.of_broker,
    "sink-full": disks.of_sink,
    "sink-device-full": disks.of_device,
}
# On three brokers, each record on three of them, two of which have to have it.
ON_THREE = {
    "leaders-killed": brokers.leaders_killed,
    "leader-frozen": brokers.frozen,
    "faulty-network": network.faulty,
    "rebalances": rebalances.scaled,
}
# On one broker that wants to know who somebody is.
SECURE = {
    "msk-iam": secrets.msk_iam,
    "msk-iam-refused": secrets.msk_iam_refused,
    "scram": secrets.scram,
    "mtls": secrets.mtls,
}
STAGES = {
    "measured": (MEASURED, {}),
    "one": (SCENARIOS, {}),
    "deadly": (DEADLY, {}),
    "three": (ON_THREE, {"nodes": 3}),
    "secure": (SECURE, {"is_secure": True}),
}
# Turns come one after the other, the lanes of a turn side by side, and the stages of a lane one after the other, each on brokers of its own:
# a scenario mostly waits. Those under load until something dies (`kills` and what has three brokers) are in one lane.
TURNS = [[["measured"]], [["one", "secure"], ["deadly", "three"]]]
ALL = {name: play for scenarios, _ in STAGES.values() for name, play in scenarios.items()}


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 interop/ring", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent.parent / "target" / "release", help="folder of the binaries")
    parser.add_argument("--keep", action="store_true", help="keep the folder with all logs, also when everything passed")
    parser.add_argument("--long", action="store_true", help="faults at their full length, a minute and more each")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(ALL))
    asked = parser.parse_args()
    unknown = [name for name in asked.scenarios if name not in ALL]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}; there are {', '.join(ALL)}")
    return asked


def perform(stage, names):
    """Runs the scenarios one after the other, a line each; returns how many failed and how many were skipped."""
    failed = skipped = 0
    for name in names:
        began = time.monotonic()
        try:
            outcome = f"ok    {name}: {ALL[name](stage)}"
        except Skipped as why:
            skipped += 1
            outcome = f"SKIP  {name}: {why}"
        except (Failed, cluster.BrokerError, wire.KafkaError, OSError, KeyError, TypeError, ValueError) as error:
            failed += 1
            outcome = f"FAIL  {name}: {type(error).__name__}: {error}"
            stage.kafka.repair()
        # One write: lanes do not cut each other's lines.
        sys.stdout.write(f"{outcome} [{time.monotonic() - began:.1f} s]\n")
        sys.stdout.flush()
    return failed, skipped


def lane(binaries, folder, ports, stages):
    """Plays stages, given with the names of their scenarios, one after the other; returns how many scenarios failed and how many were skipped."""
    failed = skipped = 0
    for kind, names in stages:
        with Stage(binaries, HERE.parent.parent, folder / kind, ports=ports, **STAGES[kind][1]) as stage:
            outcome = perform(stage, names)
            failed, skipped = failed + outcome[0], skipped + outcome[1]
    return failed, skipped


def wanted_of(lanes, names):
    """The lanes of a turn that have any of these scenarios, each as its stages with the names of theirs."""
    found = [[(kind, [name for name in names if name in STAGES[kind][0]]) for kind in kinds] for kinds in lanes]
    return [stages for stages in ([(kind, chosen) for kind, chosen in stages if chosen] for stages in found) if stages]


def play_all(binaries, folder, names):
    """Plays all turns, each lane in a process of its own; returns how many scenarios failed and how many were skipped."""
    failed = skipped = 0
    for lanes in TURNS:
        lanes = wanted_of(lanes, names)
        if not lanes:
            continue
        # Forked: lanes are to see what the command line has set.
        with ProcessPoolExecutor(len(lanes), multiprocessing.get_context("fork")) as pool:
            shares = [cluster.share_of_ports(number, len(lanes)) for number in range(len(lanes))]
            running = [pool.submit(lane, binaries, folder, *one) for one in zip(shares, lanes)]
        # Here all have ended. One that could not play raises, and the ring has failed.
        for outcome in [one.result() for one in running]:
            failed, skipped = failed + outcome[0], skipped + outcome[1]
    return failed, skipped


def main():
    """Runs what was asked for, in a folder that is kept only when something failed."""
    asked = arguments()
    missing = [name for name in ("producer", "consumer", "registry-stub") if not (asked.bin / name).is_file()]
    if missing:
        print(f"ring: not in {asked.bin}: {', '.join(missing)}; build them with `cargo build --release --workspace`", file=sys.stderr)
        return 69
    if asked.long:
        scale.is_long = True
    names = asked.scenarios or list(ALL)
    try:
        with Kept("gluestream-ring-", asked.keep) as kept:
            jars.resolve()
            failed, skipped = play_all(asked.bin.resolve(), kept.path, names)
            kept.is_done = not failed
    except jars.Missing as missing:
        print(f"ring: {missing}", file=sys.stderr)
        return 69
    print(f"ring: {len(names) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
