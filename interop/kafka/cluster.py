"""Nodes of a small Kafka cluster as child processes: format, start, wait until ready, stop, kill, pause, resume.

A cluster is a folder: cluster.json names its ports, and each node has a folder with its properties, data, log and pid.
The nodes' ports are ten apart. What clients reach on FAULTY is a proxy's port, if somebody runs one there.
"""

import base64
import json
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

import jars
import log
import secure
import wire

HERE = Path(__file__).resolve().parent
DEFAULT_PORT = 19092
NODE_PORT_STEP = 10
LISTENERS = ("PLAINTEXT", "CONTROLLER", "INTERNAL", "FAULTY")  # on the node's port, the next one and so on
# Below the range from which the system takes its own.
BASE_PORTS = range(21_000, 31_000, NODE_PORT_STEP)
PROXY_PORT = 4  # after the node's: what FAULTY is advertised as
PORTS = 7  # with those of secure
START_TIMEOUT_SECONDS = 90
STOP_TIMEOUT_SECONDS = 30


class BrokerError(Exception):
    """The broker did not do what it was asked to do."""


def share_of_ports(number, of):
    """Ports for one of several that start brokers at the same time: what is free when somebody looks may be taken when it starts."""
    length = len(BASE_PORTS) // of
    return BASE_PORTS[number * length:(number + 1) * length]


def free_base_port(nodes=1, ports=BASE_PORTS):
    """A port with free neighbours for every listener of so many nodes."""
    bases = list(ports[:len(ports) - nodes + 1])
    random.shuffle(bases)  # another ring on this machine may be looking, too
    for base in bases:
        try:
            for port in (base + node * NODE_PORT_STEP + offset for node in range(nodes) for offset in range(PORTS)):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
    raise BrokerError(f"no free ports between {ports[0]} and {ports[-1]}")


class Node:
    """One Kafka process, broker and controller in one, known by the folder it lives in."""

    def __init__(self, cluster, number):
        self.cluster, self.number = cluster, number
        self.folder = cluster.folder / str(number)
        self.properties = self.folder / "server.properties"
        self.data = self.folder / "data"
        self.pid_file = self.folder / "pid"
        self.port = cluster.port + (number - 1) * NODE_PORT_STEP
        self.addresses = {name: f"127.0.0.1:{self.port + offset}" for offset, name in enumerate(LISTENERS)}
        self.proxied = f"127.0.0.1:{self.port + PROXY_PORT}"
        self.is_paused = False

    @property
    def bootstrap(self):
        """The address for clients."""
        return self.addresses["PLAINTEXT"]

    @property
    def internal(self):
        """The address for tools: never behind a proxy."""
        return self.addresses["INTERNAL"]

    def write_properties(self):
        """Writes server.properties: the common part, then what is this node's own."""
        replicas = min(3, self.cluster.nodes_wanted)
        advertised = [f"{name}://{address}" for name, address in {**self.addresses, "FAULTY": self.proxied}.items() if name != "CONTROLLER"]
        own = {
            "node.id": self.number,
            "controller.quorum.voters": self.cluster.voters(),
            "listeners": ",".join(f"{name}://{address}" for name, address in self.addresses.items()),
            "advertised.listeners": ",".join(advertised),
            "log.dirs": self.data,
            "default.replication.factor": replicas,
            "min.insync.replicas": max(1, replicas - 1),
        }
        for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
            own[f"{topic}.replication.factor"] = replicas
        for topic in ("transaction.state.log", "share.coordinator.state.topic"):
            own[f"{topic}.min.isr"] = max(1, replicas - 1)
        if self.cluster.secure:
            self._add_secure(own)
        lines = [f"{key}={value}\n" for key, value in own.items()]
        self.folder.mkdir(parents=True, exist_ok=True)
        self.properties.write_text((HERE / "server.properties").read_text(encoding="utf-8") + "".join(lines), encoding="utf-8")

    def _add_secure(self, own):
        more, ports = self.cluster.secure.properties(self.port)
        own |= more
        own["listeners"] += "".join(f",{name}://127.0.0.1:{port}" for name, port in ports.items())
        own["advertised.listeners"] += "".join(f",{name}://localhost:{port}" for name, port in ports.items())

    def format(self):
        """Formats the data folder, once in its life."""
        if (self.data / "meta.properties").exists():
            return
        command = jars.command("kafka.tools.StorageTool", "format", "-t", self.cluster.id, "-c", str(self.properties))
        if self.cluster.secure:
            command += self.cluster.secure.format_arguments()
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise BrokerError(f"formatting node {self.number} failed:\n{(done.stdout + done.stderr).strip()}")

    def launch(self, flags=()):
        """Starts the process, in a session of its own so that Ctrl-C does not reach it, and returns at once."""
        logs = self.folder / "logs"
        logs.mkdir(exist_ok=True)
        flags = [f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}", f"-Dkafka.logs.dir={logs}", *flags]
        more = [secure.classes()] if self.cluster.secure else []
        command = jars.command("kafka.Kafka", str(self.properties), flags=flags, more=more)
        with open(self.folder / "console.log", "ab") as console:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
        self.pid_file.write_text(str(process.pid), encoding="utf-8")
        while not self.pid() and process.poll() is None:
            time.sleep(0.001)  # for a moment after the fork it has no command line yet

    def pid(self):
        """The process's id while it runs. A pid that now belongs to another program is not ours and not returned."""
        try:
            pid = int(self.pid_file.read_text(encoding="utf-8"))
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if str(self.properties).encode() in arguments else None

    def wait_ready(self, nodes=1):
        """Waits until this node's own listener lists `nodes` brokers and a controller."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if not self.pid():
                raise BrokerError(f"node {self.number} ended while starting:\n{self._last_words()}")
            try:
                brokers, controller, _ = wire.metadata(self.bootstrap, timeout=1.0)
                if len(brokers) >= nodes and controller >= 0:
                    return
            except (OSError, ValueError):
                pass  # not listening yet
            time.sleep(0.05)
        raise BrokerError(f"node {self.number} is not ready after {START_TIMEOUT_SECONDS} s:\n{self._last_words()}")

    def _last_words(self):
        lines = []
        for log in (self.folder / "console.log", self.folder / "logs" / "server.log"):
            if log.exists():
                lines += log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
        return "\n".join(lines)

    def signal(self, number):
        """Sends a signal to the process, if it is ours."""
        pid = self.pid()
        if not pid:
            raise BrokerError(f"node {self.number} is not running")
        os.kill(pid, number)
        return pid

    def pause(self):
        """Freezes the process: its sockets stay open and nothing answers."""
        self.signal(signal.SIGSTOP)
        self.is_paused = True

    def resume(self):
        """Lets it go on."""
        self.signal(signal.SIGCONT)
        self.is_paused = False

    def end(self, number):
        """Ends the process by SIGTERM or SIGKILL and waits until it is gone."""
        self.is_paused = False
        if not self.pid():
            return
        pid = self.signal(number)
        os.kill(pid, signal.SIGCONT)  # a paused process obeys SIGTERM only when it goes on
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while self.pid() and time.monotonic() < deadline:
            time.sleep(0.02)
        if self.pid():
            raise BrokerError(f"node {self.number} (pid {pid}) is still there after {STOP_TIMEOUT_SECONDS} s")
        self.pid_file.unlink(missing_ok=True)


class Cluster:
    """The nodes that live in one folder."""

    def __init__(self, folder, port=None, nodes=1, is_secure=False):
        self.folder = Path(folder).resolve()
        state = self.folder / "cluster.json"
        if state.exists():
            known = json.loads(state.read_text(encoding="utf-8"))
            if port and port != known["port"]:
                raise BrokerError(f"{self.folder} holds a cluster on port {known['port']}, not {port}")
        elif port is None:
            raise BrokerError(f"no broker was ever started in {self.folder}")
        else:
            # 22 characters; a leading '-' would be taken for an option.
            identity = "i" + base64.urlsafe_b64encode(os.urandom(16)).decode()[1:22]
            known = {"port": port or free_base_port(), "nodes": nodes, "id": identity}
            self.folder.mkdir(parents=True, exist_ok=True)
            state.write_text(json.dumps(known), encoding="utf-8")
        self.port, self.nodes_wanted, self.id = known["port"], known["nodes"], known["id"]
        self.secure = secure.Secure(self.folder / "secure") if is_secure else None
        self.nodes = [Node(self, number) for number in range(1, self.nodes_wanted + 1)]

    @property
    def bootstrap(self):
        """The addresses for clients."""
        return ",".join(node.bootstrap for node in self.nodes)

    def voters(self):
        """The controller quorum, as Kafka writes it."""
        return ",".join(f"{node.number}@{node.addresses['CONTROLLER']}" for node in self.nodes)

    def start(self, flags=()):
        """Starts every node, then waits for each: one of several alone has no quorum."""
        running = [node.number for node in self.nodes if node.pid()]
        if running:
            raise BrokerError(f"already running in {self.folder}: node {', '.join(map(str, running))}")
        jars.resolve()
        try:
            for node in self.nodes:
                node.write_properties()
                node.format()
                node.launch(flags)
            for node in self.nodes:
                node.wait_ready(len(self.nodes))
        except BaseException:
            self.kill()
            raise

    def repair(self):
        """Whatever was done to the nodes: all run again."""
        for node in self.nodes:
            if node.is_paused:
                node.resume()
        gone = [node for node in self.nodes if not node.pid()]
        for node in gone:
            node.launch()
        for node in gone:
            node.wait_ready(len(self.nodes))

    def stop(self):
        """Ends every node cleanly."""
        for node in self.nodes:
            node.end(signal.SIGTERM)

    def kill(self):
        """Ends every node at once, as a crash would."""
        for node in self.nodes:
            node.end(signal.SIGKILL)

    def pause(self):
        """Freezes every node: its sockets stay open and nothing answers."""
        for node in self.nodes:
            node.pause()

    def resume(self):
        """Lets paused nodes go on."""
        for node in self.nodes:
            node.resume()

    @property
    def internal(self):
        """The address for tools of a node that answers."""
        return next((node for node in self.nodes if node.pid() and not node.is_paused), self.nodes[0]).internal

    def topic(self, name, partitions, replication=1):
        """Creates a topic and waits until it can be written; False when it was there."""
        created = wire.create_topic(self.internal, name, partitions, replication)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while not self.partitions(name):
            if time.monotonic() > deadline:
                raise BrokerError(f"topic {name} has no leaders after {STOP_TIMEOUT_SECONDS} s")
            time.sleep(0.02)
        return created

    def leaders(self, topic):
        """The address for tools of each partition's leader; none at all while the topic is unknown or a partition has no leader."""
        brokers, _, topics = wire.metadata(self.internal, [topic])
        addresses = {broker.id: f"{broker.host}:{broker.port}" for broker in brokers}
        found = {number: addresses.get(leader) for number, leader in topics.get(topic, {}).items()}
        return found if all(found.values()) else {}

    def leading(self, topic, partition=0):
        """The node that leads a partition."""
        address = wire.when_settled(lambda: self._leaders_now(topic))[partition]
        return next(node for node in self.nodes if node.internal == address)

    def partitions(self, topic):
        """The number of a topic's partitions; 0 while it is unknown or a partition has no leader."""
        return len(self.leaders(topic))

    def offsets(self, topic, group=None):
        """Earliest, latest and (with a group) committed offset of each partition, as soon as the cluster can say."""
        return wire.when_settled(lambda: self._offsets_now(topic, group))

    def _leaders_now(self, topic):
        leaders = self.leaders(topic)
        if not leaders:
            raise wire.KafkaError(f"topic {topic}, unknown or without leaders", wire.NO_LEADER_YET[0])
        return leaders

    def _offsets_now(self, topic, group):
        leaders = self._leaders_now(topic)
        earliest, latest, committed = {}, {}, dict.fromkeys(leaders)
        for leader in set(leaders.values()):
            led = [number for number, address in leaders.items() if address == leader]
            earliest |= wire.offsets(leader, topic, led, wire.EARLIEST)
            latest |= wire.offsets(leader, topic, led, wire.LATEST)
        if group:
            with wire.Connection(wire.coordinator(self.internal, group)) as coordinator:
                committed = wire.committed(coordinator, group, topic, list(leaders))
        return {number: (earliest[number], latest[number], committed[number]) for number in sorted(leaders)}

    def records(self, topic):
        """All records of a topic, read from the logs of its leaders."""
        ends = {number: latest for number, (_, latest, _) in self.offsets(topic).items()}
        return wire.when_settled(lambda: log.scan(self._leaders_now(topic), topic, ends))
