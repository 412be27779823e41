#!/usr/bin/env python3
"""Frames to Parquet beside the way through JSON text: the bench `parquet`, and behind it PyArrow on the lines that our file sink wrote.

    python3 consumer/benches/parquet.py [--environment DIR]

Makes an environment with PyArrow in a folder for the time being, or for good in the one that is named. All numbers are nanoseconds of CPU a record
`order`; PyArrow's are the least of some rounds, without its start, and without what our consumer has taken to write the lines.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
INTEROP = HERE.parent.parent / "interop"
sys.path.append(str(INTEROP / "shared"))

import python_packages  # noqa: E402

BUILD = ["cargo", "bench", "--workspace", "--bench", "parquet", "--no-run", "--message-format", "json"]
PYARROW = """
import sys, time
import pyarrow.json, pyarrow.parquet
lines, out, rounds = sys.argv[1], sys.argv[2], 5
def once():
    began = time.process_time()
    rows = pyarrow.json.read_json(lines)
    read = time.process_time()
    pyarrow.parquet.write_table(rows, out, compression="zstd", compression_level=3)
    return read - began, time.process_time() - began, rows.num_rows
read, whole, count = min((once() for _ in range(rounds)), key=lambda took: took[1])
print(f"{'PyArrow, lines to rows':36} {read * 1e9 / count:6.0f}")
print(f"{'PyArrow, lines to Parquet':36} {whole * 1e9 / count:6.0f}")
"""


def build():
    """Builds the bench; gives the program."""
    said = subprocess.run(BUILD, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout
    made = [json.loads(line).get("executable") for line in said.splitlines()]
    return next(program for program in made if program)


def main():
    """Builds, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--environment", type=Path, help="where PyArrow is, or is to be")
    asked, program = parser.parse_args(), build()
    with tempfile.TemporaryDirectory() as folder:
        python = (asked.environment or Path(folder) / "python") / "bin" / "python"
        if not python.exists():
            python_packages.install(python.parent.parent, INTEROP / "lake" / "requirements.txt")
        lines = Path(folder) / "lines.ndjson"
        subprocess.run([program, str(lines)], check=True)
        subprocess.run([python, "-c", PYARROW, str(lines), str(Path(folder) / "rows.parquet")], check=True)


if __name__ == "__main__":
    main()
