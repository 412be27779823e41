"""The registry stub as a child process, and the environment that all children of the rings live in."""

import json
import os
import socket
import urllib.request

from daemons import Daemon, wait_until


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder):
    """The environment of every process: nothing of the caller's but the path, and keys that AWS would refuse."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(folder), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "GLUESTREAM_LOG__FORMAT": "json",
    }


class Stub:
    """One registry stub on a file of its own; ids survive a restart. Its settings are keys of the section `stub`."""

    def __init__(self, binaries, folder, settings=None):
        self.binaries, self.folder, self.settings = binaries, folder, settings or {}
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.daemon = None

    def start(self):
        """Starts it and waits until it answers."""
        address = f"127.0.0.1:{self.port}"
        arguments = ["run", "--listen", address, "--data", str(self.folder / "stub.redb")]
        arguments += [f"--set=stub.{key}={value}" for key, value in self.settings.items()]
        surroundings = {**environment(self.folder), "GLUESTREAM_ADMIN__LISTEN": address}
        self.daemon = Daemon(self.binaries / "registry-stub", arguments, surroundings, self.folder)
        wait_until("registry-stub is ready", lambda: self.daemon.must_run() or self.daemon.status("/ready") == 200, 20)

    def kill(self):
        """Ends it without a word. Harmless when it does not run."""
        if self.daemon:
            self.daemon.kill()

    def glue(self, operation, request):
        """Asks it directly, as an AWS SDK would but without a signature."""
        http = urllib.request.Request(
            self.endpoint, data=json.dumps(request).encode(),
            headers={"X-Amz-Target": f"AWSGlue.{operation}", "Content-Type": "application/x-amz-json-1.1"})
        with urllib.request.urlopen(http, timeout=10) as answer:
            return json.loads(answer.read())
