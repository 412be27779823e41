"""What the scenarios play on: the registry stub, the two foreign libraries, and the project's commands."""

import json
import os
import re
import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import library
import serde
from daemons import Failed
from stub import Stub, environment

REGISTRY = "interop"
# The example of the crate `compatibility`; tests build it, a release build would compile the dependencies once more.
VERDICTS = Path(__file__).resolve().parents[2] / "target" / "debug" / "examples" / "verdicts"
TIMEOUT_SECONDS = 120
REFUSED = 78  # the commands' exit code when they cannot use a schema at all


class Refused(Failed):
    """A command did not begin: it cannot use a schema that it was given."""


class Stage:
    """Starts what a scenario asks for, when it asks; use as a context manager: what it started it ends."""

    def __init__(self, binaries, folder, seed):
        self.binaries, self.folder, self.seed = binaries, folder, seed
        self.stub = Stub(binaries, folder)
        self.workers = {}
        self.pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 2)

    def __enter__(self):
        self.stub.start()
        self.stub.glue("CreateRegistry", {"RegistryName": REGISTRY})
        return self

    def __exit__(self, *_):
        self.stub.kill()
        self.pool.shutdown(cancel_futures=True)
        for worker in self.workers.values():
            worker.close()

    def _worker(self, name, start):
        if name not in self.workers:
            self.workers[name] = start(self.stub.endpoint, REGISTRY, environment(self.folder), self.folder)
        return self.workers[name]

    @property
    def java(self):
        """The real Java serde."""
        return self._worker("java", lambda *places: serde.start(*places, flags=serde.QUICK))

    @property
    def python(self):
        """The Python library."""
        return self._worker("python", library.start)

    def encode(self, case, name, compression, lines):
        """`producer encode`: frames in hex, and None for each line that was refused."""
        return [frame for frame, _ in self.verdicts(case, name, compression, lines)]

    def verdicts(self, case, name, compression, lines):
        """The same, each with the kind of its refusal, which is None for a frame."""
        folder = self.folder / case.flag
        folder.mkdir(exist_ok=True)
        schema = folder / name
        schema.write_text(case.schema, encoding="utf-8")
        command = ["encode", "--schema", str(schema), "--format", case.flag, "--registry", REGISTRY, "--schema-name", name,
                   "--resolution", "register", "--compression", compression.lower(), "--json", "avro"]
        if case.message:
            command += ["--message", case.message]
        frames, said = self._filter("producer", command, lines)
        kinds = {int(number): kind for number, kind in re.findall(r"^line (\d+): (\w+): ", said, re.MULTILINE)}
        for number, frame in enumerate(frames, 1):
            if bool(frame) == (number in kinds):
                raise Failed(f"producer {' '.join(command)} gave {frame!r} for line {number} and said:\n{said[:1000]}")
        return [(frame or None, kinds.get(number)) for number, frame in enumerate(frames, 1)]

    def decode(self, frames, *options):
        """`consumer decode`: for each frame its answer, and the text of its value."""
        lines, _ = self._filter("consumer", ["decode", "--json", "avro", *options], frames)
        return [(json.loads(line), value_text(line)) for line in lines]

    def judge(self, jobs):
        """`verdicts`, the example of the crate `compatibility`: for each job its answer."""
        lines, _ = self._filter(VERDICTS, [], [json.dumps(job) for job in jobs])
        return [json.loads(line) for line in lines]

    def _filter(self, binary, command, lines):
        """Runs a command that gives a line for a line; returns the lines, and what it said on stderr."""
        surroundings = {**environment(self.folder), "GLUESTREAM_REGISTRY__NAME": REGISTRY, "GLUESTREAM_REGISTRY__ENDPOINT": self.stub.endpoint}
        done = subprocess.run([str(self.binaries / binary), *command], input="".join(f"{line}\n" for line in lines), capture_output=True,
                              encoding="utf-8", env=surroundings, timeout=TIMEOUT_SECONDS, check=False)
        found = done.stdout.split("\n")[:-1]
        if done.returncode == REFUSED:
            raise Refused(f"{binary} {' '.join(command)}: {done.stderr[:1000]}")
        if done.returncode not in (0, 1) or len(found) != len(lines):
            raise Failed(f"{binary} {' '.join(command)} ended with {done.returncode} after {len(found)} of {len(lines)} lines; it said:\n"
                         f"{done.stderr[:1000]}")
        return found, done.stderr


def value_text(line):
    """The value of an answer, which is its last member, as it stands in the line."""
    _, found, rest = line.partition(',"value":')
    return rest[:-1] if found else None


def payload(frame):
    """What a frame in hex carries, inflated."""
    data = bytes.fromhex(frame)
    if data[:1] != b"\x03" or data[1] not in (0, 5):
        raise ValueError(f"not a frame: {frame[:40]}")
    return zlib.decompress(data[18:]) if data[1] else data[18:]


class Findings:
    """What must not be, collected: one bad schema does not hide the next."""

    def __init__(self, stage, title):
        self.path = stage.folder / f"{title}.findings"
        self.found = []

    def add(self, case, what, **details):
        """A finding about a case."""
        told = "".join(f"\n    {key}: {value}" for key, value in {**details, "schema": case.schema}.items())
        self.found.append(f"{case.name}: {what}{told}\n")

    def must_be_none(self):
        """Fails unless everything was right."""
        if self.found:
            self.path.write_text("\n".join(self.found), encoding="utf-8")
            first = "\n".join(one[:1500] for one in self.found[:3])
            raise Failed(f"{len(self.found)} findings, all in {self.path}; the first:\n{first}")
