"""What every scenario plays on: one real broker, one registry stub, and a folder, a topic and a configuration of its own."""

import time

import cluster
from daemons import Daemon, Failed, wait_until
from stub import Stub, environment, free_port

PARTITIONS = 6
REGISTRY = "customer"
SHORTEST_TIMED_SECONDS = 0.2  # ten looks and more


class Stage:
    """The broker and the stub. Use as a context manager: what it started it ends."""

    def __init__(self, binaries, repository, folder):
        self.binaries, self.repository, self.folder = binaries, repository, folder
        self.kafka = cluster.Cluster(folder / "kafka", port=cluster.free_base_port())
        self.stub = Stub(binaries, folder)

    def __enter__(self):
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

    def _start(self, binary, arguments, settings, **streams):
        surroundings = {**environment(self.stage.folder), "GLUESTREAM_ADMIN__LISTEN": f"127.0.0.1:{free_port()}"}
        given = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        command = ["--config", str(self.config), *given, *arguments]
        daemon = Daemon(self.stage.binaries / binary, command, surroundings, self.folder, **streams)
        self.daemons.append(daemon)
        return daemon

    def ensure_topic(self):
        """`producer topics ensure`; returns the line it prints about the topic; the next is about its dead letters."""
        ensured = self._start("producer", ["topics", "ensure"], {}).expect_exit(0)
        return ensured.out_path.read_text(encoding="utf-8").splitlines()[0]

    def producer(self, settings, **streams):
        """Starts the producer as it is used in development: it registers what is missing."""
        return self._start("producer", ["run"], {"registry.resolution": "register", **settings}, **streams)

    def ndjson_producer(self, path, settings=None):
        """Starts the producer on a file."""
        return self.producer({"source.kind": "ndjson", "source.path": path, "source.rate": "0/s", **(settings or {})})

    def consumer(self, settings=None):
        """Starts the consumer with the file sink."""
        return self._start("consumer", ["run"], {"sink.kind": "file", "sink.path": self.output, **(settings or {})})

    def replay(self, *options):
        """`consumer replay` to its end; returns what it prints."""
        replayed = self._start("consumer", ["replay", *options], {}).expect_exit(0, 60)
        return replayed.out_path.read_text(encoding="utf-8")

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
