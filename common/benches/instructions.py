#!/usr/bin/env python3
"""Counts the instructions a record of the codec's warm paths under callgrind, beside those that are recorded.

    python3 common/benches/instructions.py            shows what has changed; 1 if a path takes 2 % more than recorded
    python3 common/benches/instructions.py --record   records what is counted in instructions.txt

Needs valgrind. Counts, unlike times, are the same on a busy machine; another compiler or processor gives others.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
RECORDED = HERE / "instructions.txt"
BEARABLE = 0.02
BUILD = ["cargo", "bench", "--package", "common", "--no-default-features", "--bench", "instructions", "--no-run",
         "--message-format", "json"]


def build():
    """Builds the paths; gives the program."""
    said = subprocess.run(BUILD, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout
    made = [json.loads(line).get("executable") for line in said.splitlines()]
    return next(program for program in made if program)


def paths(program):
    """How many records each path takes, and the paths' names."""
    head, *names = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return int(head.split()[0]), names


def count(program, name, folder):
    """All instructions of what is measured of a path."""
    command = ["valgrind", "--tool=callgrind", "--toggle-collect=*instructions::measured*", "--collect-atstart=no",
               f"--callgrind-out-file={folder}/out", program, name]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found or int(found[1]) == 0:
        sys.exit(f"{name}: nothing was counted:\n{done.stderr}")
    return int(found[1])


def recorded():
    """The recorded counts, by path."""
    if not RECORDED.exists():
        return {}
    rows = (line.split(None, 1) for line in RECORDED.read_text().splitlines() if not line.startswith("#"))
    return {name: int(number) for number, name in rows}


def record(counts):
    """Writes the counts down, with the compiler that they hold for."""
    compiler = subprocess.run(["rustc", "--version"], cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [f"{number:>7} {name}\n" for name, number in counts.items()]
    head = f"# Instructions a record of schemas/order.*, counted by instructions.py. {compiler.strip()}\n"
    RECORDED.write_text(head + "".join(rows))


def main():
    if sys.argv[1:] not in ([], ["--record"]):
        sys.exit(__doc__)
    program, before, counts = build(), recorded(), {}
    records, names = paths(program)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            counts[name] = round(count(program, name, folder) / records)
            ratio = counts[name] / before[name] if name in before else None
            print(f"{counts[name]:>7} {f'{ratio:.3f}x' if ratio else 'new':>7} {name}", flush=True)
    if sys.argv[1:]:
        return record(counts)
    gone = [name for name in before if name not in counts]
    grown = [name for name in counts if counts[name] > before.get(name, 0) * (1 + BEARABLE)]
    for name in gone + grown:
        print(f"not as recorded: {name}", file=sys.stderr)
    return sys.exit(1 if gone or grown else 0)


if __name__ == "__main__":
    main()
