"""TCP proxies in front of a cluster's brokers, on the ports that its listener FAULTY is advertised at, with faults to be switched while they run."""

import asyncio
import random
import socket
import struct
import threading

CHUNK = 1 << 16
WAITING_CHUNKS = 256
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no seconds: the connection ends by RST


class Faults:
    """What one proxy does to all that passes. Each may be changed at any time."""

    def __init__(self):
        self.delay, self.jitter = 0.0, 0.0  # seconds
        self.bytes_per_second = 0  # 0: no limit
        self.is_black_hole = False  # connections stay open, nothing passes


class Proxy:
    """One proxy: from an address to another."""

    def __init__(self, listen, target):
        self.listen, self.target, self.faults = listen, target, Faults()
        self.accepted = 0
        self.server, self.writers = None, set()

    async def open(self):
        """Begins to accept."""
        host, port = self.listen.split(":")
        self.server = await asyncio.start_server(self._serve, host, int(port))

    async def close(self):
        """Connections are refused from now on."""
        if self.server:
            self.server.close()
            self.server = None

    async def reset(self):
        """Ends every connection by RST."""
        for writer in list(self.writers):
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    async def _serve(self, reader, writer):
        self.accepted += 1
        host, port = self.target.split(":")
        try:
            there_reader, there = await asyncio.open_connection(host, int(port))
        except OSError:
            writer.transport.abort()
            return
        self.writers |= {writer, there}
        ways = [asyncio.create_task(self._pass(*way)) for way in ((reader, there), (there_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass  # the proxy ends; asyncio would make a fuss of it
        for task in ways:
            task.cancel()
        for end in (writer, there):
            self.writers.discard(end)
            end.close()

    async def _pass(self, reader, writer):
        """One direction. A chunk has a time when it is due, so that a delay does not become a limit of bytes."""
        chunks = asyncio.Queue(WAITING_CHUNKS)
        sender = asyncio.create_task(self._send(chunks, writer))
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(CHUNK):
                faults = self.faults
                await chunks.put((loop.time() + faults.delay + random.uniform(0, faults.jitter), data))
            await chunks.put((0, b""))
            await sender
        except OSError:
            pass
        finally:
            sender.cancel()

    async def _send(self, chunks, writer):
        loop = asyncio.get_running_loop()
        while True:
            due, data = await chunks.get()
            if not data:
                return
            if (rest := due - loop.time()) > 0:
                await asyncio.sleep(rest)
            while self.faults.is_black_hole:
                await asyncio.sleep(0.05)
            if limit := self.faults.bytes_per_second:
                await asyncio.sleep(len(data) / limit)
            writer.write(data)
            await writer.drain()


class Proxies:
    """A proxy for each node of a cluster, on a thread of their own. Use as a context manager."""

    def __init__(self, cluster):
        self.all = [Proxy(node.proxied, node.addresses["FAULTY"]) for node in cluster.nodes]
        self.bootstrap = ",".join(proxy.listen for proxy in self.all)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        for proxy in self.all:
            self.wait(proxy.open())
        return self

    def __exit__(self, *_):
        self.wait(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    async def _end(self):
        for proxy in self.all:
            await proxy.close()
            await proxy.reset()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wait(self, work):
        """Has the proxies' thread do something, and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def reset(self):
        """Ends every connection by RST."""
        for proxy in self.all:
            self.wait(proxy.reset())

    def refuse(self):
        """Ends every connection and refuses new ones."""
        for proxy in self.all:
            self.wait(proxy.close())
        self.reset()

    def accept(self):
        """Takes connections again."""
        for proxy in self.all:
            self.wait(proxy.open())

    def accepted(self):
        """Connections accepted so far."""
        return sum(proxy.accepted for proxy in self.all)
