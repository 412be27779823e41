"""What the daemons cost beside librdkafka alone and a Java application with the Glue serde, on a real broker: CPU, start, memory.

usage: python3 interop/speed [--bin DIR] [--records N] [--runs R] [--long] [cpu] [start] [memory] [soak]

Builds librdkafka's own `rdkafka_performance` from the crate's source, once; builds nothing of ours: `cargo build --release --workspace` first.
Judges nothing: numbers of one machine, and their ratios. Exit codes: 0 done, 1 failed, 2 command line, 69 something is missing.
"""

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("ring", "shared", "kafka", "java"))]

import cluster  # noqa: E402
import cpu  # noqa: E402
import jars  # noqa: E402
import memory  # noqa: E402
import soak  # noqa: E402
import starting  # noqa: E402
import wire  # noqa: E402
from daemons import Failed  # noqa: E402
from kept import Kept  # noqa: E402
from made import Missing  # noqa: E402
from stage import Stage  # noqa: E402

PARTS = {"cpu": cpu.table, "start": starting.table, "memory": memory.table, "soak": soak.table}
USUAL = ["cpu", "start", "memory"]


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 interop/speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent.parent / "target" / "release", help="folder of the binaries")
    parser.add_argument("--records", type=int, default=1_000_000, help="records a run")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, of which the median counts")
    parser.add_argument("--long", action="store_true", help="five minutes without a broker, and a soak of thirty")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    asked = parser.parse_args()
    if unknown := [part for part in asked.parts if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return asked


def main():
    """Measures what was asked for, in a folder that is kept only when something failed."""
    asked = arguments()
    if missing := [name for name in ("producer", "consumer", "registry-stub") if not (asked.bin / name).is_file()]:
        print(f"speed: not in {asked.bin}: {', '.join(missing)}; build them with `cargo build --release --workspace`", file=sys.stderr)
        return 69
    try:
        with Kept("gluestream-speed-") as kept:
            jars.resolve()
            with Stage(asked.bin.resolve(), HERE.parent.parent, kept.path) as stage:
                for part in asked.parts or USUAL:
                    PARTS[part](stage, asked)
            kept.is_done = True
    except Missing as missing:
        print(f"speed: {missing}", file=sys.stderr)
        return 69
    except (Failed, cluster.BrokerError, wire.KafkaError, OSError) as error:
        print(f"speed: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
