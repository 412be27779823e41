"""The project's binaries as child processes: started, watched, signalled and measured one by one."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

TICK_SECONDS = 0.01


class Failed(Exception):
    """A scenario found something that must not be."""


def wait_until(what, condition, seconds):
    """Polls until the condition holds; fails when it still does not after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(TICK_SECONDS)


class Daemon:
    """One process of one binary. Its stdout and stderr are files (several may append to one `out`); its CPU time is known once it has ended."""

    def __init__(self, binary, arguments, environment, folder, stdin=subprocess.DEVNULL, out=None):
        self.name = Path(binary).name
        number = sum(1 for _ in folder.glob(f"{self.name}-*.log"))
        self.log_path = folder / f"{self.name}-{number}.log"
        self.out_path = out or folder / f"{self.name}-{number}.out"
        self.exit_code = self.usage = self.ended = None
        self.peak_kib = 0
        self.admin = environment.get("GLUESTREAM_ADMIN__LISTEN")
        self.started = time.monotonic()
        with open(self.log_path, "wb") as log, open(self.out_path, "ab") as stdout:
            self.process = subprocess.Popen([str(binary), *arguments], stdin=stdin, stdout=stdout, stderr=log, env=environment)

    def poll(self):
        """The exit code, or None while it runs. wait4 instead of Popen's own wait: it gives this one child's resource usage."""
        if self.exit_code is None:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
                self.process.returncode = self.exit_code
                self.usage, self.ended = usage, time.monotonic()
            else:
                self._look_at_memory()
        return self.exit_code

    def _look_at_memory(self):
        """Keeps the largest resident size so far. Not ru_maxrss: that one begins with the size of whoever started the process."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return
        peak = re.search(r"VmHWM:\s+(\d+) kB", status)
        self.peak_kib = max(self.peak_kib, int(peak.group(1)) if peak else 0)

    def wait(self, seconds):
        """Waits for the end and returns the exit code."""
        wait_until(f"{self.name} ends", lambda: self.poll() is not None, seconds)
        return self.exit_code

    def expect_exit(self, code, seconds=60):
        """Waits for the end, which must have this exit code."""
        found = self.wait(seconds)
        if found != code:
            raise Failed(f"{self.name} ended with {found}, not {code}; it said:\n{self.last_words()}")
        return self

    def must_run(self):
        """Fails if the process has ended."""
        if self.poll() is not None:
            raise Failed(f"{self.name} ended with {self.exit_code} while it should run; it said:\n{self.last_words()}")

    def wait_ready(self, seconds):
        """Waits until it says that it is ready."""
        wait_until(f"{self.name} is ready", lambda: self.must_run() or self.status("/ready") == 200, seconds)

    def terminate(self, code=0, seconds=60):
        """SIGTERM, and then the drain must end with this exit code."""
        self.must_run()
        self.process.send_signal(signal.SIGTERM)
        return self.expect_exit(code, seconds)

    def kill(self):
        """SIGKILL, without a word. Harmless when the process has ended."""
        if self.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.wait(10)

    @property
    def cpu_seconds(self):
        """User and system time of the ended process."""
        return self.usage.ru_utime + self.usage.ru_stime

    @property
    def wall_seconds(self):
        """From start to end."""
        return self.ended - self.started

    def peak_mib(self):
        """The largest resident size, in MiB, as of the last look at the running process."""
        return self.peak_kib / 1024

    def last_words(self, lines=8):
        """The end of its log."""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def log(self):
        """Its log, one object a line; every line has to be JSON."""
        entries = []
        for line in self.log_path.read_text(errors="replace").splitlines():
            try:
                entries.append(json.loads(line))
            except ValueError as error:
                raise Failed(f"{self.name} logged a line that is not JSON: {line[:200]}") from error
        return entries

    def said(self, pattern):
        """All matches of a pattern in its log lines."""
        found = re.compile(pattern)
        return [match for line in self.log_path.read_text(errors="replace").splitlines() for match in found.finditer(line)]

    def status(self, path):
        """The HTTP status that the admin port gives for a path; None when nothing answers."""
        try:
            with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=2) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return None

    def state(self):
        """What `/state` tells."""
        with urllib.request.urlopen(f"http://{self.admin}/state", timeout=5) as answer:
            return json.load(answer)

    def metric(self, name, **labels):
        """The sum of a metric's series that carry these labels; 0 when there is none."""
        with urllib.request.urlopen(f"http://{self.admin}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        total = 0.0
        for line in text.splitlines():
            series = re.match(r"gluestream_(\w+)(?:\{(.*)\})? (\S+)$", line)
            if series and series.group(1) == name:
                found = dict(re.findall(r'(\w+)="([^"]*)"', series.group(2) or ""))
                if all(found.get(label) == value for label, value in labels.items()):
                    total += float(series.group(3))
        return total
