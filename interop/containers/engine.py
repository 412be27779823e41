"""A Docker Engine to build and run with: the one that answers already, or one of our own that is started in a folder and ended again.

An engine of our own needs root and Debian's packages; the network rules that it leaves behind are put back as they were.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import plugins
from commands import run
from daemons import Failed
from made import Missing

PACKAGES = {"dockerd": "docker.io", "iptables": "iptables", "debootstrap": "debootstrap"}
START_SECONDS = 60
STOP_SECONDS = 60
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")


def _install(packages):
    """Debian packages, where there is a Debian and we may."""
    if not packages:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Missing(f"no Docker Engine answers, and one of our own needs root and Debian's packages {' '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        run("apt-get", "update", "-qq", environment=quiet)
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, environment=quiet)
    except Failed as failed:
        raise Missing(f"Debian's packages {' '.join(packages)} cannot be installed: {failed}") from failed


class Engine:
    """The engine and its client. Use as a context manager: what it started it ends."""

    def __init__(self, folder):
        self.folder, self.daemon, self.rules, self.forwarding = folder, None, None, None
        self.environment = {**os.environ, "DOCKER_BUILDKIT": "1", "COMPOSE_ANSI": "never"}

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (shutil.which("docker") and self._answers()):
            self._start()
        self._add_plugins()
        return self

    def __exit__(self, *_):
        if self.daemon:
            self.daemon.send_signal(signal.SIGTERM)
            try:
                self.daemon.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
            self._restore_network()

    def docker(self, *arguments, input_text=None, seconds=600, folder=None):
        """`docker …`; returns what it printed."""
        return run("docker", *map(str, arguments), input_text=input_text, environment=self.environment, seconds=seconds, folder=folder)

    def says(self, *arguments, seconds=600):
        """`docker …`; returns what it said of its progress."""
        command = ["docker", *map(str, arguments)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=self.environment, timeout=seconds, check=False)
        if done.returncode != 0:
            raise Failed(f"docker {arguments[0]} ended with {done.returncode}:\n{done.stderr[-4000:]}")
        return done.stderr

    def has(self, image):
        """Whether there is such an image here."""
        return self._asks("image", "inspect", image)

    def pulls(self, image):
        """Whether its registry has it, too; then it is here now."""
        return self._asks("pull", "--quiet", image)

    def _asks(self, *arguments):
        command = ["docker", *arguments]
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment, check=False).returncode == 0

    def _answers(self):
        return self._asks("info")

    def _start(self):
        _install([package for program, package in PACKAGES.items() if not shutil.which(program)])
        self.rules = {table: run("iptables-save", "-t", table) for table in ("filter", "nat")}
        self.forwarding = FORWARDING.read_text(encoding="ascii")
        data, execution, socket = (self.folder / name for name in ("data", "exec", "docker.sock"))
        (self.folder / "dockerd.pid").unlink(missing_ok=True)
        mtu = _outward_mtu()
        command = ["/usr/sbin/dockerd", "--data-root", data, "--exec-root", execution, "--pidfile", self.folder / "dockerd.pid", "-H", f"unix://{socket}", "--mtu", mtu]
        self.environment |= {"DOCKER_HOST": f"unix://{socket}", "DOCKER_CONFIG": str(self.folder / "config")}
        with open(self.folder / "dockerd.log", "wb") as log:
            self.daemon = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.daemon.poll() is not None or time.monotonic() > until:
                said = (self.folder / "dockerd.log").read_text(encoding="utf-8", errors="replace")[-2000:]
                raise Missing(f"a Docker Engine cannot be started here:\n{said}")
            time.sleep(0.2)

    def _restore_network(self):
        """An engine leaves its bridge and its rules behind."""
        subprocess.run(["ip", "link", "delete", "docker0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        for table, rules in self.rules.items():
            # A table that was never used is saved as nothing.
            empty = f"*{table}\n{''.join(f':{chain} ACCEPT [0:0]{chr(10)}' for chain in _CHAINS[table])}COMMIT\n"
            run("iptables-restore", "-T", table, input_text=rules or empty)
        FORWARDING.write_text(self.forwarding, encoding="ascii")

    def _add_plugins(self):
        missing = [plugin for plugin in plugins.NAMES if not self._asks(plugin.removeprefix("docker-"), "version")]
        target = Path(self.environment.get("DOCKER_CONFIG", Path.home() / ".docker")) / "cli-plugins"
        for plugin in plugins.fetched(missing, self.folder / "plugins"):
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(plugin, target)


_CHAINS = {"filter": ("INPUT", "FORWARD", "OUTPUT"), "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING")}


def _outward_mtu():
    """A bridge with larger packets than the machine's own interface would lose them."""
    route = run("ip", "-o", "route", "get", "198.51.100.1").split()
    return Path("/sys/class/net", route[route.index("dev") + 1], "mtu").read_text(encoding="ascii").strip()
