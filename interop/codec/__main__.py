"""The codec ring: the release binaries against the real Java serde and the Python library, all on the registry stub.

usage: python3 interop/codec [--bin DIR] [--seed N] [--keep] [SCENARIO ...]

Builds none of the binaries: first `cargo build --release --workspace` and `cargo build --workspace --example verdicts`.
Without names every scenario but `bench` runs; `bench` prints what the Java serde costs and judges nothing. The same seed gives the same schemas and records.
Exit codes: 0 all passed, 1 one failed, 2 command line, 69 Java, Maven, their jars, Python's packages or the binaries are missing.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("shared", "java", "python"))]

import library  # noqa: E402
import serde  # noqa: E402
from daemons import Failed  # noqa: E402
from kept import Kept  # noqa: E402
from made import Missing  # noqa: E402
from scenarios import bench, exchange, refusals, resolution, verdicts  # noqa: E402
from stage import VERDICTS, Stage  # noqa: E402

SCENARIOS = {
    "java-avro": exchange.java_avro,
    "java-json": exchange.java_json,
    "java-protobuf": exchange.java_protobuf,
    "json-refusals": refusals.json,
    "reader-schemas": resolution.reader_schemas,
    "avro-verdicts": verdicts.avro,
    "python-avro": exchange.python_avro,
    "python-json": exchange.python_json,
}
UNJUDGED = {"bench": bench.bench}
BINARIES = ("producer", "consumer", "registry-stub", VERDICTS)


def arguments():
    """The command line."""
    every = {**SCENARIOS, **UNJUDGED}
    parser = argparse.ArgumentParser(prog="python3 interop/codec", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent.parent / "target" / "release", help="folder of the binaries")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (1)")
    parser.add_argument("--keep", action="store_true", help="keep the folder with all logs, also when everything passed")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(every))
    asked = parser.parse_args()
    unknown = [name for name in asked.scenarios if name not in every]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}; there are {', '.join(every)}")
    return asked


def perform(stage, names):
    """Runs the scenarios one after the other, a line each; returns how many failed."""
    failed = 0
    for name in names:
        began = time.monotonic()
        try:
            outcome = f"ok    {name}: {({**SCENARIOS, **UNJUDGED})[name](stage)}"
        except (Failed, OSError, KeyError, TypeError, ValueError, subprocess.TimeoutExpired) as error:
            failed += 1
            outcome = f"FAIL  {name}: {type(error).__name__}: {error}"
        print(f"{outcome} [{time.monotonic() - began:.1f} s]", flush=True)
    return failed


def main():
    """Runs what was asked for, in a folder that is kept only when something failed."""
    asked = arguments()
    missing = [name for name in BINARIES if not (asked.bin / name).is_file()]
    if missing:
        print(f"ring: not in {asked.bin}: {', '.join(map(str, missing))}; build them with `cargo build --release --workspace` and `cargo build --workspace --example verdicts`", file=sys.stderr)
        return 69
    names = asked.scenarios or list(SCENARIOS)
    try:
        with Kept("gluestream-codec-", asked.keep) as kept:
            serde.build()
            library.build()
            with Stage(asked.bin.resolve(), kept.path, asked.seed) as stage:
                failed = perform(stage, names)
            kept.is_done = not failed
    except Missing as missing:
        print(f"ring: {missing}", file=sys.stderr)
        return 69
    print(f"ring: {len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
