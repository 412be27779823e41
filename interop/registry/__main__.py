"""The registry ring: foreign clients against the registry stub.

usage: python3 interop/registry [--bin DIR] [--keep]

Builds no binary: `cargo build --release --workspace` first.
Exit codes: 0 all passed, 1 one failed, 2 command line, 69 Python's packages or the binary are missing.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / part) for part in ("shared", "python")]

import library  # noqa: E402
from made import Missing  # noqa: E402
from stub import Stub, environment  # noqa: E402

TIMEOUT_SECONDS = 300


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 interop/registry", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent.parent / "target" / "release", help="folder of the binary")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs, also when everything passed")
    return parser.parse_args()


def boto3_operations(stub, folder):
    """Runs the program that calls every operation; returns whether it passed."""
    command = [str(library.PYTHON), "-B", str(HERE / "boto3_operations.py"), stub.endpoint]
    done = subprocess.run(command, env=environment(folder), timeout=TIMEOUT_SECONDS, check=False, stdin=subprocess.DEVNULL)
    return done.returncode == 0


def main():
    """Starts the stub and runs the clients, in a folder that is kept only when something failed."""
    asked = arguments()
    if not (asked.bin / "registry-stub").is_file():
        print(f"ring: not in {asked.bin}: registry-stub; build it with `cargo build --release --workspace`", file=sys.stderr)
        return 69
    folder = Path(tempfile.mkdtemp(prefix="gluestream-registry-"))
    passed = False
    stub = Stub(asked.bin.resolve(), folder)
    try:
        library.build()
        stub.start()
        passed = boto3_operations(stub, folder)
    except Missing as missing:
        print(f"ring: {missing}", file=sys.stderr)
        return 69
    finally:
        stub.kill()
        if passed and not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"logs: {folder}", file=sys.stderr)
    print("ring: passed" if passed else "ring: failed")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
