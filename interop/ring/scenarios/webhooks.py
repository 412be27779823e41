"""The webhook: a receiver that fails as it likes, and a consumer that dies again and again; each record arrives, in its order."""

import base64
import gzip
import hashlib
import hmac
import json
import random
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import output
import scale
from daemons import Failed, wait_until
from scenarios.load import prepare
from stage import Play

ORDERS, KILLS = 4_000, 3
LONG_ORDERS, LONG_KILLS = 100_000, 20
SECONDS_A_KILL = 2  # of orders: there are new ones for each of the consumer's lives
SESSION = {"kafka.properties.session.timeout.ms": 6000, "kafka.properties.heartbeat.interval.ms": 500, "consumer.instance_id": "first"}
KEY = b"a key that only we and the receiver have"
TIMEOUT = 0.3
MOST_BYTES = 20_000
# How requests end, and how many of so many together, in an order that is drawn.
ENDS = {"taken": 28, "busy": 2, "asked to wait": 1, "failed when taken": 1, "cut off when taken": 1, "late when taken": 1}


def webhook(stage):
    """Again and again kill -9 while the receiver answers 503, 429, 413, too late, or not at all."""
    with Play(stage, "webhook") as play, _receiver() as receiver:
        orders, kills = (LONG_ORDERS, LONG_KILLS) if scale.is_long else (ORDERS, KILLS)
        prepare(play)
        producer = play.producer({"source.rate": f"{orders / (kills * SECONDS_A_KILL):.0f}/s", "source.max_records": orders, "source.seed": 9})
        settings, rnd = {**SESSION, **_settings(receiver)}, random.Random(20)
        for _ in range(kills):
            consumer = play.consumer(settings)
            consumer.wait_ready(60)
            before = receiver.requests
            wait_until("requests come", lambda: consumer.must_run() or receiver.requests > before or producer.poll() is not None, 30)
            time.sleep(rnd.uniform(0, 0.8))
            consumer.must_run()
            consumer.kill()
        producer.expect_exit(0, 120)
        play.consumer({**settings, "consumer.until": "end"}).expect_exit(0, 120)
        return f"{kills} kills, {_judge(play, receiver, orders)}"


def _settings(receiver):
    secret = f"whsec_{base64.b64encode(KEY).decode()}"
    return {
        "sink.kind": "http", "sink.http_url": f"http://127.0.0.1:{receiver.server_port}/orders", "sink.http_secret": secret,
        "sink.http_timeout": f"{TIMEOUT * 1000:.0f}ms", "sink.http_compression": "gzip", "sink.batch_records": 150, "sink.batch_time": "200ms",
    }


def _judge(play, receiver, orders):
    if receiver.wrong:
        raise Failed(f"{len(receiver.wrong)} requests are wrong, such as: {receiver.wrong[0]}")
    if absent := [end for end in (*ENDS, "too large") if not receiver.ends[end]]:
        raise Failed(f"no request ended so: {', '.join(absent)}; {dict(receiver.ends)}")
    offsets = play.kafka.offsets(play.topic, play.group)
    verdict = output.judge(receiver.rows, play.topic, offsets).must_be_whole(duplicates_allowed=True)
    output.must_be_committed(offsets)
    if len(verdict.first) != orders:
        raise Failed(f"{len(verdict.first)} of {orders} orders")
    ends = ", ".join(f"{count} {end}" for end, count in receiver.ends.items())
    return f"{output.thousands(orders)} orders in {receiver.requests} requests ({ends}): lost 0, order breaks 0, twice {verdict.duplicates}"


class _Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock, self.rnd = threading.Lock(), random.Random(7)
        self.rows, self.wrong, self.ends, self.drawn = [], [], Counter(), []

    def handle_error(self, *_):
        """A consumer that is killed leaves its connections."""

    @property
    def requests(self):
        """How many there were."""
        return sum(self.ends.values())

    def take(self, headers, body):
        """Keeps what is in a request, or not; returns how it is to end."""
        with self.lock:
            if why := _fault(headers, body):
                self.wrong.append(why)
                return "busy"
            text = gzip.decompress(body)
            end = "too large" if len(text) > MOST_BYTES else self._draw()
            self.ends[end] += 1
            if end.endswith("taken"):
                self.rows += [json.loads(line) for line in text.decode().splitlines()]
            return end

    def _draw(self):
        self.drawn = self.drawn or self.rnd.sample(list(ENDS), counts=list(ENDS.values()), k=sum(ENDS.values()))
        return self.drawn.pop()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """One request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        end = self.server.take(self.headers, body)
        if end == "cut off when taken":
            self.close_connection = True
            return
        if end == "late when taken":
            time.sleep(TIMEOUT * 1.5)
        self.send_response({"taken": 204, "too large": 413, "asked to wait": 429}.get(end, 503))
        if end == "asked to wait":
            self.send_header("Retry-After", "1")
        if end != "taken":
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Nothing on stderr."""


def _fault(headers, body):
    """What is wrong with a request, by what Standard Webhooks says; None if nothing is."""
    identity, moment = headers["webhook-id"], headers["webhook-timestamp"]
    tag = hmac.new(KEY, f"{identity}.{moment}.".encode() + body, hashlib.sha256).digest()
    if headers["webhook-signature"] != f"v1,{base64.b64encode(tag).decode()}":
        return f"{identity} is not signed with our key"
    if abs(time.time() - int(moment)) > 60:
        return f"{identity} is of another time: {moment}"
    rows = [json.loads(line) for line in gzip.decompress(body).decode().splitlines()]
    first, last = rows[0], rows[-1]
    if identity != f"{first['topic']}-{first['partition']}-{first['offset']}-{last['offset']}" or headers["idempotency-key"] != identity:
        return f"{identity} has other records"
    return None


@contextmanager
def _receiver():
    with _Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
