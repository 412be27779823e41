"""The fault proxy: each fault must be felt by whoever talks through it. Run by `python3 -m unittest discover -s interop/ring`."""

import socket
import sys
import threading
import time
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("shared", "kafka"))]

from proxy import Proxies  # noqa: E402
from stub import free_port  # noqa: E402

QUICK_SECONDS = 0.3


class Echo:
    """Answers with what it gets."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    @staticmethod
    def _answer(connection):
        try:
            while data := connection.recv(1 << 16):
                connection.sendall(data)
        except OSError:
            pass
        connection.close()


class Faults(unittest.TestCase):
    """A client, a proxy, and somebody who answers."""

    def setUp(self):
        self.echo = Echo()
        self.addCleanup(self.echo.socket.close)
        node = SimpleNamespace(proxied=f"127.0.0.1:{free_port()}", addresses={"FAULTY": self.echo.address})
        self.proxies = Proxies(SimpleNamespace(nodes=[node]))
        self.proxies.__enter__()
        self.addCleanup(self.proxies.__exit__)
        self.faults = self.proxies.all[0].faults

    def connect(self):
        """A connection through the proxy that is known to work."""
        host, port = self.proxies.bootstrap.split(":")
        client = socket.create_connection((host, int(port)), 10)
        self.addCleanup(client.close)
        self.assertEqual(self.round_trip(client, b"hello"), b"hello")
        return client

    @staticmethod
    def round_trip(client, data):
        """Sends, and reads as much."""
        client.sendall(data)
        back = b""
        while len(back) < len(data):
            part = client.recv(1 << 16)
            if not part:
                break
            back += part
        return back

    def seconds(self, client, data):
        """How long it takes there and back."""
        began = time.monotonic()
        self.assertEqual(self.round_trip(client, data), data)
        return time.monotonic() - began

    def test_delay(self):
        client = self.connect()
        self.faults.delay = 0.1
        self.assertGreaterEqual(self.seconds(client, b"late"), 0.2)

    def test_bytes_a_second(self):
        client = self.connect()
        self.faults.bytes_per_second = 100_000
        self.assertGreaterEqual(self.seconds(client, b"x" * 20_000), 0.3)

    def test_black_hole(self):
        client = self.connect()
        self.faults.is_black_hole = True
        client.sendall(b"gone?")
        client.settimeout(QUICK_SECONDS)
        with self.assertRaises(TimeoutError):
            client.recv(5)
        self.faults.is_black_hole = False
        client.settimeout(10)
        self.assertEqual(client.recv(5), b"gone?")

    def test_reset(self):
        client = self.connect()
        self.proxies.reset()
        with self.assertRaises(ConnectionResetError):
            client.recv(1)
        self.connect()
        self.assertEqual(self.proxies.accepted(), 2)

    def test_refused(self):
        self.connect()
        self.proxies.refuse()
        with self.assertRaises(ConnectionRefusedError):
            self.connect()
        self.proxies.accept()
        self.connect()


if __name__ == "__main__":
    unittest.main()
