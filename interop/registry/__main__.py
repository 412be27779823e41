"""The registry ring: foreign clients against the registry stub.

usage: python3 interop/registry [--bin DIR] [--keep] [--skipped FILE] [CLIENT ...]

Builds no binary: `cargo build --release --workspace` first. Without names all clients run. One that this machine has not what it needs for
(Node.js, Java, Maven, packages that cannot be fetched) is skipped, with CI=true it fails.
Exit codes: 0 all passed, 1 one failed, 2 command line, 69 the binary is missing, 77 none failed, but some were skipped.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("shared", "java", "javascript", "moto", "python"))]

from clients import programs, serdes  # noqa: E402
from daemons import Failed  # noqa: E402
from kept import Kept  # noqa: E402
from made import Missing  # noqa: E402
from stage import Stage  # noqa: E402

CLIENTS = {
    "boto3": programs.boto3,
    "javascript": programs.javascript,
    "java": serdes.java,
    "python": serdes.python,
    "moto": programs.moto,
}
SKIPPED = 77


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 interop/registry", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent.parent / "target" / "release", help="folder of the binary")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs, also when everything passed")
    parser.add_argument("--skipped", type=Path, metavar="FILE", help="write here which clients were skipped, and why")
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=", ".join(CLIENTS))
    asked = parser.parse_args()
    unknown = [name for name in asked.clients if name not in CLIENTS]
    if unknown:
        parser.error(f"no such client: {', '.join(unknown)}; there are {', '.join(CLIENTS)}")
    return asked


def perform(stage, names):
    """Runs the clients one after the other, a line each; returns the names of those that failed, and why which were skipped."""
    failed, skipped = [], {}
    for name in names:
        began = time.monotonic()
        try:
            outcome = f"ok    {name}: {CLIENTS[name](stage)}"
        except Missing as missing:
            skipped[name] = str(missing)
            outcome = f"SKIP  {name}: {missing}"
        except (Failed, OSError, KeyError, TypeError, ValueError, subprocess.TimeoutExpired) as error:
            failed.append(name)
            outcome = f"FAIL  {name}: {type(error).__name__}: {error}"
        print(f"{outcome} [{time.monotonic() - began:.1f} s]", flush=True)
    return failed, skipped


def conclude(names, failed, skipped, note):
    """Says how it went; returns the exit code."""
    print(f"ring: {len(names) - len(failed) - len(skipped)} passed, {len(failed)} failed, {len(skipped)} skipped")
    if note and skipped:
        reasons = [f"{name} ({' '.join(reason.split())[:200]})" for name, reason in skipped.items()]
        note.write_text(f"only in part, without {', '.join(reasons)}\n", encoding="utf-8")
    if failed or (skipped and os.environ.get("CI") == "true"):
        return 1
    return SKIPPED if skipped else 0


def main():
    """Runs the clients, in a folder that is kept only when something failed."""
    asked = arguments()
    if not (asked.bin / "registry-stub").is_file():
        print(f"ring: not in {asked.bin}: registry-stub; build it with `cargo build --release --workspace`", file=sys.stderr)
        return 69
    names = asked.clients or list(CLIENTS)
    with Kept("gluestream-registry-", asked.keep) as kept:
        with Stage(asked.bin.resolve(), kept.path) as stage:
            failed, skipped = perform(stage, names)
        kept.is_done = not failed
    return conclude(names, failed, skipped, asked.skipped)


if __name__ == "__main__":
    sys.exit(main())
