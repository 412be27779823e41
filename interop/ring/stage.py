"""What every scenario plays on: one real broker or several, one registry stub, and a folder, a topic and a configuration of its own."""

import json
import os
import pty
import subprocess
import time
from contextlib import suppress

import cluster
from daemons import Daemon, Failed, wait_until
from stub import Stub, environment, free_port

PARTITIONS = 6
REGISTRY = "customer"
SHORTEST_TIMED_SECONDS = 0.2  # ten looks and more


class Skipped(Exception):
    """A scenario needs what this machine does not give."""


class Stage:
    """The brokers and the stub. Use as a context manager: what it started it ends."""

    def __init__(self, binaries, repository, folder, nodes=1, is_secure=False, ports=cluster.BASE_PORTS):
        self.binaries, self.repository, self.folder = binaries, repository, folder
        self.kafka = cluster.Cluster(folder / "kafka", port=cluster.free_base_port(nodes, ports), nodes=nodes, is_secure=is_secure)
        self.stub = Stub(binaries, folder)
        self.is_warm = False

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.kafka.start()
        self.stub.start()
        return self

    def __exit__(self, *_):
        self.stub.kill()
        self.kafka.kill()  # its folder is thrown away

    def schema_version_id(self, schema):
        """The id of the newest version of a schema."""
        request = {"SchemaId": {"RegistryName": REGISTRY, "SchemaName": schema}, "SchemaVersionNumber": {"LatestVersion": True}}
        return self.stub.glue("GetSchemaVersion", request)["SchemaVersionId"]


class Play:
    """One scenario's folder, topic, group and configuration file; it ends the daemons that a failed scenario leaves."""

    def __init__(self, stage, name, topic=None, group=None, partitions=PARTITIONS):
        self.stage, self.kafka, self.partitions = stage, stage.kafka, partitions
        self.topic, self.group = topic or f"ring-{name}", group or f"ring-{name}-group"
        self.folder = stage.folder / name
        self.folder.mkdir(parents=True)
        self.output = self.folder / "consumed.ndjson"
        self.daemons = []
        self.variables = {}  # of the daemons' environment, over what all have; None takes one away
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
endpoint = "{self.stage.stub.endpoint}"
schema_file = "{self.stage.repository / 'schemas' / 'order.avsc'}"
[topic]
partitions = {self.partitions}
[log]
format = "json"
"""

    def _surroundings(self):
        """The environment of one daemon."""
        own = {**environment(self.stage.folder), "GLUESTREAM_ADMIN__LISTEN": f"127.0.0.1:{free_port()}", **self.variables}
        return {name: value for name, value in own.items() if value is not None}

    def _start(self, binary, arguments, settings, **streams):
        surroundings = self._surroundings()
        given = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        command = ["--config", str(self.config), *given, *arguments]
        daemon = Daemon(self.stage.binaries / binary, command, surroundings, self.folder, **streams)
        self.daemons.append(daemon)
        return daemon

    def ensure(self, settings, code, *options):
        """`producer topics ensure`, which must end so; returns the process and the lines that it printed."""
        ensured = self._start("producer", ["topics", "ensure", *options], settings).expect_exit(code)
        return ensured, ensured.out_path.read_text(encoding="utf-8").splitlines()

    def ensure_topic(self):
        """`producer topics ensure`; returns the line it prints about the topic; the next is about its dead letters."""
        return self.ensure({}, 0)[1][0]

    def producer(self, settings, **streams):
        """Starts the producer as it is used in development: it registers what is missing."""
        return self._start("producer", ["run"], {"registry.resolution": "register", **settings}, **streams)

    def ndjson_producer(self, path, settings=None):
        """Starts the producer on a file."""
        return self.producer({"source.kind": "ndjson", "source.path": path, "source.rate": "0/s", **(settings or {})})

    def consumer(self, settings=None, **streams):
        """Starts the consumer with the file sink."""
        return self._start("consumer", ["run"], {"sink.kind": "file", "sink.path": self.output, **(settings or {})}, **streams)

    def validate(self, binary, settings, code):
        """`validate --connect` to its end, which must be so; returns its findings: what, state and words of each."""
        own = {"sink.kind": "file", "sink.path": self.output} if binary == "consumer" else {"registry.resolution": "register"}
        looked = self._start(binary, ["validate", "--connect", "--output", "json"], {**own, **settings}).expect_exit(code)
        document = json.loads(looked.out_path.read_text(encoding="utf-8"))
        return [(finding["what"], finding["state"], finding["said"]) for finding in document["findings"]]

    def tail(self, *options):
        """`consumer tail` to its end; returns the lines that it prints."""
        tailed = self._start("consumer", ["tail", *options], {}).expect_exit(0, 60)
        return tailed.out_path.read_text(encoding="utf-8").splitlines()

    def replay(self, *options):
        """`consumer replay` to its end; returns what it prints."""
        replayed = self._start("consumer", ["replay", *options], {}).expect_exit(0, 60)
        return replayed.out_path.read_text(encoding="utf-8")

    def watched_replay(self):
        """`consumer replay` to its end with a terminal before it; returns what was drawn there."""
        terminal, of_the_process = pty.openpty()
        command = [str(self.stage.binaries / "consumer"), "--config", str(self.config), "replay"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=of_the_process, env=self._surroundings()) as process:
            os.close(of_the_process)
            drawn = b""
            # A terminal whose last process has ended gives an error, not an end.
            with suppress(OSError), open(terminal, "rb", buffering=0) as shown:
                while part := shown.read(4096):
                    drawn += part
            code = process.wait(60)
        if code != 0:
            raise Failed(f"consumer replay on a terminal ended with {code}")
        return drawn.decode(errors="replace")

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

    def wait_committed(self, consumer, seconds):
        """Waits until the group has committed the end of every partition: nothing is on its way, not even what came twice."""
        def committed():
            consumer.must_run()
            return all(latest in (0, done) for _, latest, done in self.kafka.offsets(self.topic, self.group).values())
        wait_until("the group has committed all", committed, seconds)
