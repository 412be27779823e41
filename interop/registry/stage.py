"""What the clients play on: registry stubs, each with settings and a folder of its own."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

from daemons import Failed
from stub import Stub, environment

TIMEOUT_SECONDS = 300


class Stage:
    """Starts what a client asks for; use as a context manager: what it started it ends."""

    def __init__(self, binaries, folder):
        self.binaries, self.folder = binaries, folder
        self.pool = ThreadPoolExecutor(max_workers=4)
        self.stubs, self.workers = [], []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pool.shutdown(cancel_futures=True)
        for worker in self.workers:
            worker.close()
        for stub in self.stubs:
            stub.kill()

    def stub(self, name, settings=None):
        """A running stub of this name."""
        folder = self.folder / name
        folder.mkdir()
        stub = Stub(self.binaries, folder, settings)
        self.stubs.append(stub)
        stub.start()
        return stub

    def worker(self, start, stub, registry, **options):
        """A program that answers jobs, which works on this stub."""
        worker = start(stub.endpoint, registry, environment(stub.folder), stub.folder, **options)
        self.workers.append(worker)
        return worker

    def run(self, command, stub, surroundings=None):
        """Runs a program that says a line a scenario; returns how many there were. All have to be `ok`."""
        done = subprocess.run(command, env={**environment(stub.folder), **(surroundings or {})}, stdin=subprocess.DEVNULL, capture_output=True,
                              encoding="utf-8", timeout=TIMEOUT_SECONDS, check=False)
        lines = done.stdout.splitlines()
        if done.returncode != 0 or not lines or not all(line.startswith("ok ") for line in lines):
            raise Failed(f"{os.path.basename(command[0])} ended with {done.returncode} and said:\n{done.stdout}{done.stderr[-3000:]}")
        return len(lines)
