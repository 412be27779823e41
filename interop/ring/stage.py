"""What every scenario plays on: one real broker, one registry stub, and a folder, a topic and a configuration of its own."""

import json
import os
import socket
import time
import urllib.request

import cluster
from daemons import Daemon, Failed, wait_until

PARTITIONS = 6
REGISTRY = "customer"
SHORTEST_TIMED_SECONDS = 0.2  # ten looks and more


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stage:
    """The broker and the stub. Use as a context manager: what it started it ends."""

    def __init__(self, binaries, repository, folder):
        self.binaries, self.repository, self.folder = binaries, repository, folder
        self.kafka = cluster.Cluster(folder / "kafka", port=cluster.free_base_port())
        self.stub_port = free_port()
        self.stub = None

    def __enter__(self):
        self.kafka.start()
        self.start_stub()
        return self

    def __exit__(self, *_):
        if self.stub:
            self.stub.kill()
        self.kafka.kill()  # its folder is thrown away

    def environment(self):
        """The environment of every process: nothing of the caller's but the path, and keys that AWS would refuse."""
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "GLUESTREAM_LOG__FORMAT": "json",
        }

    def start_stub(self):
        """Starts the registry stub on its file; ids survive a restart."""
        address = f"127.0.0.1:{self.stub_port}"
        environment = {**self.environment(), "GLUESTREAM_ADMIN__LISTEN": address}
        arguments = ["run", "--listen", address, "--data", str(self.folder / "stub.redb")]
        self.stub = Daemon(self.binaries / "registry-stub", arguments, environment, self.folder)
        wait_until("registry-stub is ready", lambda: self.stub.must_run() or self.stub.status("/ready") == 200, 20)

    def glue(self, operation, request):
        """Asks the stub directly, as an AWS SDK would but without a signature."""
        http = urllib.request.Request(
            f"http://127.0.0.1:{self.stub_port}/", data=json.dumps(request).encode(),
            headers={"X-Amz-Target": f"AWSGlue.{operation}", "Content-Type": "application/x-amz-json-1.1"})
        with urllib.request.urlopen(http, timeout=10) as answer:
            return json.loads(answer.read())

    def schema_version_id(self, schema):
        """The id of the newest version of a schema."""
        request = {"SchemaId": {"RegistryName": REGISTRY, "SchemaName": schema}, "SchemaVersionNumber": {"LatestVersion": True}}
        return self.glue("GetSchemaVersion", request)["SchemaVersionId"]


class Play:
    """One scenario's folder, topic, group and configuration file; it ends the daemons that a failed scenario leaves."""

    def __init__(self, stage, name, topic=None, group=None, partitions=PARTITIONS):
        self.stage, self.kafka, self.partitions = stage, stage.kafka, partitions
        self.topic, self.group = topic or f"ring-{name}", group or f"ring-{name}-group"
        self.folder = stage.folder / name
        self.folder.mkdir(parents=True)
        self.output = self.folder / "consumed.ndjson"
        self.daemons = []
        self.config = self.folder / "gluestream.toml"
        self.config.write_text(self._toml(), encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for daemon in self.daemons:
            daemon.kill()

    def _toml(self):
        """One file for all binaries."""
        return f"""
[kafka]
bootstrap_servers = "{self.kafka.bootstrap}"
topic = "{self.topic}"
group_id = "{self.group}"
[registry]
name = "{REGISTRY}"
endpoint = "http://127.0.0.1:{self.stage.stub_port}"
schema_file = "{self.stage.repository / 'schemas' / 'order.avsc'}"
[topic]
partitions = {self.partitions}
[log]
format = "json"
"""

    def _start(self, binary, arguments, settings, **streams):
        environment = {**self.stage.environment(), "GLUESTREAM_ADMIN__LISTEN": f"127.0.0.1:{free_port()}"}
        given = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        command = ["--config", str(self.config), *given, *arguments]
        daemon = Daemon(self.stage.binaries / binary, command, environment, self.folder, **streams)
        self.daemons.append(daemon)
        return daemon

    def ensure_topic(self):
        """`producer topics ensure`; returns the line it prints."""
        ensured = self._start("producer", ["topics", "ensure"], {}).expect_exit(0)
        return ensured.out_path.read_text(encoding="utf-8").strip()

    def producer(self, settings, **streams):
        """Starts the producer as it is used in development: it registers what is missing."""
        return self._start("producer", ["run"], {"registry.resolution": "register", **settings}, **streams)

    def ndjson_producer(self, path, settings=None):
        """Starts the producer on a file."""
        return self.producer({"source.kind": "ndjson", "source.path": path, "source.rate": "0/s", **(settings or {})})

    def consumer(self, settings=None):
        """Starts the consumer with the file sink."""
        return self._start("consumer", ["run"], {"sink.kind": "file", "sink.path": self.output, **(settings or {})})

    def log_size(self):
        """The number of records in the topic."""
        return sum(latest - earliest for earliest, latest, _ in self.kafka.offsets(self.topic).values())

    def wait_consumed(self, consumer, output, count, seconds):
        """Waits until the output has so many lines; returns lines a second between the first look that saw any and the last."""
        first = None
        deadline = time.monotonic() + seconds
        while True:
            lines = output.count()
            now = time.monotonic()
            first = (now, lines) if first is None and lines else first
            if lines >= count:
                seconds_seen = now - first[0]
                return (lines - first[1]) / seconds_seen if seconds_seen > SHORTEST_TIMED_SECONDS else None
            consumer.must_run()
            if now > deadline:
                raise Failed(f"{lines} of {count} records consumed after {seconds} s; the consumer said:\n{consumer.last_words()}")
            time.sleep(0.01)
