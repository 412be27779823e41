"""The registry stub under load: `GetSchemaVersion` at a fixed rate over connections that stay open, and how long the stub takes to start.

usage: python3 interop/registry/load.py [--bin DIR] [--rate N] [--seconds N] [--connections N]

Requests are due on a schedule that waits for nobody; a latency counts from when its request was due, also while that waits for a free connection.
Prints figures and judges none: they are of this machine, at this load. Exit codes: 0 measured, 1 an answer was wrong, 69 the binary is missing.
"""

import argparse
import os
import re
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "shared")]

from daemons import Failed  # noqa: E402
from evolution import AVRO  # noqa: E402
from stub import Stub, environment, free_port  # noqa: E402

STARTS = 10
PATIENCE_SECONDS = 10


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 interop/registry/load.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent.parent / "target" / "release", help="folder of the binary")
    parser.add_argument("--rate", type=int, default=2000, help="requests a second (2000)")
    parser.add_argument("--seconds", type=int, default=30, help="how long (30)")
    parser.add_argument("--connections", type=int, default=32, help="connections, each with one request at a time (32)")
    return parser.parse_args()


class Connection:
    """One connection; it knows when the request on it was due."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due, self.answer = 0.0, b""

    def fileno(self):
        """For `select`."""
        return self.socket.fileno()

    def send(self, request, due):
        """Sends a request."""
        self.due, self.answer = due, b""
        self.socket.sendall(request)

    def receive(self):
        """Takes what is there; returns whether the answer is whole."""
        part = self.socket.recv(1 << 16)
        if not part:
            raise Failed("the stub closed a connection")
        self.answer += part
        head, end, body = self.answer.partition(b"\r\n\r\n")
        if not end:
            return False
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if not head.startswith(b"HTTP/1.1 200 ") or not length:
            raise Failed(f"an answer is wrong: {self.answer[:300]!r}")
        return len(body) >= int(length.group(1))


def drive(connections, request, rate, seconds):
    """Sends every request when it is due, or as soon after as a connection is free; returns all latencies in seconds, in the order of the answers."""
    idle, busy, waiting = deque(connections), set(), deque()
    latencies, sent, total = [], 0, rate * seconds
    began = time.perf_counter()
    while len(latencies) < total:
        now = time.perf_counter()
        while sent < total and began + sent / rate <= now:
            waiting.append(began + sent / rate)
            sent += 1
        while waiting and idle:
            connection = idle.popleft()
            connection.send(request, waiting.popleft())
            busy.add(connection)
        rest = began + sent / rate - time.perf_counter() if sent < total else PATIENCE_SECONDS
        for connection in select.select(busy, [], [], max(0, rest))[0]:
            if connection.receive():
                latencies.append(time.perf_counter() - connection.due)
                busy.discard(connection)
                idle.append(connection)
        if time.perf_counter() - began > seconds + PATIENCE_SECONDS:
            raise Failed(f"{len(latencies)} of {total} requests are answered {PATIENCE_SECONDS} s after the last was due")
    return latencies


def request_for(stub, identity):
    """The bytes of a request for a version."""
    body = f'{{"SchemaVersionId":"{identity}"}}'
    return (f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{stub.port}\r\nContent-Type: application/x-amz-json-1.1\r\n"
            f"X-Amz-Target: AWSGlue.GetSchemaVersion\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def memory_mib(process):
    """The resident size."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) / 1024


def cpu_seconds(process):
    """User and system time so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start_seconds(binary, folder):
    """From the start of a process without any data to its first answer to /ready."""
    port = free_port()
    command = [str(binary), "run", "--listen", f"127.0.0.1:{port}", "--data", str(folder / f"start-{port}.redb")]
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while not ready(port):
                if time.perf_counter() - began > PATIENCE_SECONDS:
                    raise Failed(f"not ready within {PATIENCE_SECONDS} s")
                time.sleep(0.0002)
            return time.perf_counter() - began
        finally:
            process.kill()


def ready(port):
    """Whether /ready answers 200."""
    try:
        with socket.create_connection(("127.0.0.1", port)) as asked:
            asked.sendall(f"GET /ready HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
            return asked.recv(4096).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


def measure(stub, asked):
    """Loads a running stub and says what came of it."""
    stub.glue("CreateRegistry", {"RegistryName": "load"})
    made = stub.glue("CreateSchema", {"RegistryId": {"RegistryName": "load"}, "SchemaName": "orders", "DataFormat": AVRO.format,
                                      "Compatibility": "BACKWARD", "SchemaDefinition": AVRO.first.definition})
    connections = [Connection(stub.port) for _ in range(asked.connections)]
    request, process = request_for(stub, made["SchemaVersionId"]), stub.daemon.process
    drive(connections, request, asked.rate, 1)  # everything has been used once
    memory, cpu, own = memory_mib(process), cpu_seconds(process), time.process_time()
    latencies = sorted(drive(connections, request, asked.rate, asked.seconds))
    cpu, own = cpu_seconds(process) - cpu, time.process_time() - own
    centiles = {name: latencies[min(len(latencies) - 1, int(len(latencies) * share))] for name, share in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))}
    print(f"requests   {len(latencies):,} of GetSchemaVersion, {asked.rate:,}/s for {asked.seconds} s over {asked.connections} connections")
    print("latency   ", ", ".join(f"{name} {1000 * value:.2f} ms" for name, value in {**centiles, "max": latencies[-1]}.items()))
    print(f"cpu        the stub {cpu:.1f} s, {1e6 * cpu / len(latencies):.0f} us a request; this program {own:.1f} s")
    print(f"memory     resident {memory:.1f} MiB before, {memory_mib(process):.1f} MiB after")


def main():
    """Measures in a folder of its own."""
    asked = arguments()
    binary = (asked.bin / "registry-stub").resolve()
    if not binary.is_file():
        print(f"not in {asked.bin}: registry-stub", file=sys.stderr)
        return 69
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        stub = Stub(binary.parent, folder)
        try:
            starts = [1000 * start_seconds(binary, folder) for _ in range(STARTS)]
            print(f"start      {statistics.median(starts):.1f} ms to the first answer, median of {STARTS}; {min(starts):.1f} to {max(starts):.1f}")
            stub.start()
            measure(stub, asked)
        except Failed as error:
            print(f"FAILED: {error}", file=sys.stderr)
            return 1
        finally:
            stub.kill()
    print("load       average of the machine", " ".join(f"{value:.2f}" for value in os.getloadavg()), f"on {os.cpu_count()} processors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
