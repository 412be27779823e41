"""`infra/` proven without an account: by Terraform, by what AWS publishes, by checkov and moto, and by the daemons that it is for.

usage: python3 interop/terraform [--bin DIR] [--real] [--jobs N] [--keep] [STEP ...]

Builds nothing: `cargo build --release --workspace` first. Needs Terraform, and packages from PyPI. `validate` and `tests` take AWS's provider itself where
it can be downloaded, and else a stand-in (interop/terraform/offline), as plans do: without an account there are none with the provider.
Exit codes: 0 passed, 1 failed, 2 command line, 69 Terraform, a package or a binary is missing.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "offline"), str(HERE.parent / "shared")]

import agreement  # noqa: E402
import broken  # noqa: E402
import cloud  # noqa: E402
import files  # noqa: E402
import policies  # noqa: E402
import security  # noqa: E402
import variants  # noqa: E402
from daemons import Failed  # noqa: E402
from kept import Kept  # noqa: E402
from made import Missing  # noqa: E402
from stage import Stage  # noqa: E402

STEPS = {
    "format": files.formatted,
    "validate": files.validated,
    "tests": files.tested,
    "plans": variants.perform,
    "policies": policies.perform,
    "agreement": agreement.perform,
    "checkov": security.perform,
    "cloud": cloud.perform,
    "broken": broken.perform,
}
WITH_BINARIES, WITH_PACKAGES = {"agreement", "broken"}, {"policies", "checkov", "cloud", "broken"}
BINARIES = ("producer", "consumer")


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 interop/terraform", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent.parent / "target" / "release", help="folder of the binaries")
    parser.add_argument("--real", action="store_true", help="no stand-in for `validate` and `tests`: they wait for the provider to be downloaded")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how much is done at a time")
    parser.add_argument("--keep", action="store_true", help="keep the folder with copies and plans, also when everything passed")
    parser.add_argument("steps", nargs="*", metavar="STEP", help=", ".join(STEPS))
    asked = parser.parse_args()
    if unknown := [name for name in asked.steps if name not in STEPS]:
        parser.error(f"no such step: {', '.join(unknown)}; there are {', '.join(STEPS)}")
    return asked


def require(binaries, names):
    """What these steps need of the machine is there."""
    if not shutil.which("terraform"):
        raise Missing("terraform is not installed: version 1.11 or newer is needed")
    if absent := [name for name in BINARIES if WITH_BINARIES & names and not (binaries / name).is_file()]:
        raise Missing(f"not in {binaries}: {', '.join(absent)}; build them with `cargo build --release --workspace`")


def perform(stage, names):
    """Runs the steps, a line each; returns the names of those that failed."""
    failed = []
    for name in names:
        began = time.monotonic()
        try:
            outcome = f"ok    {name}: {STEPS[name](stage)}"
        except (Failed, OSError, KeyError, TypeError, ValueError, subprocess.TimeoutExpired) as error:
            failed.append(name)
            outcome = f"FAILED {name}: {error if isinstance(error, Failed) else repr(error)}"
        print(f"{outcome} [{time.monotonic() - began:.1f} s]", flush=True)
    return failed


def main():
    """Runs what was asked for, in a folder that is kept when something failed."""
    asked = arguments()
    names = asked.steps or list(STEPS)
    try:
        require(asked.bin, set(names))
        with Kept("gluestream-infra-", asked.keep) as kept:
            stage = Stage(kept.path, asked.bin.resolve(), asked.jobs, asked.real, variants.make_all)
            if WITH_PACKAGES & set(names):
                stage.fetch()
            try:
                failed = perform(stage, names)
                kept.is_done = not failed
            except Missing:
                kept.is_done = True
                raise
    except Missing as missing:
        print(f"terraform: {' '.join(str(missing).split())}", file=sys.stderr)
        return 69
    print(f"terraform: {len(names) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
