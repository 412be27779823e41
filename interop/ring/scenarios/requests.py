"""The producer's HTTP source at full load by wrk, with the broker frozen in the middle: what was answered 200 is in the log, once."""

import re
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

import records
import scale
from daemons import Failed
from scenarios.flow import warm_up
from stage import Play, Skipped
from stub import free_port

SCRIPT = Path(__file__).with_name("requests.lua")
CONNECTIONS = 64
SLOTS = 48  # fewer than connections: some are told 429, and come again
FEWEST = 1_000


def frozen(stage):
    """wrk goes on asking while the broker stands still; each 200 names a place of the log, where its order is, once."""
    wrk = shutil.which("wrk")
    if not wrk:
        raise Skipped("not installed: wrk")
    seconds, away = scale.seconds(15, 60), scale.seconds(4, 10)
    with Play(stage, "requests") as play:
        warm_up(play)
        address = f"127.0.0.1:{free_port()}"
        producer = play.producer({"source.kind": "http", "source.listen": address, "source.max_requests": SLOTS})
        producer.wait_ready(30)
        command = [wrk, "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "60s", "-s", str(SCRIPT), f"http://{address}", "--", str(play.folder)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as load:
            time.sleep(seconds / 3)
            stage.kafka.pause()
            try:
                time.sleep(away)
            finally:
                stage.kafka.resume()
            said, _ = load.communicate(timeout=seconds + 90)
        if load.returncode != 0:
            raise Failed(f"wrk ended with {load.returncode}:\n{said}")
        producer.must_run()
        producer.terminate()
        counts, places = _answers(play.folder)
        _must_be_once(play, places)
        slowest = re.search(r"p99 (\d+) us, most (\d+) us", said)
        p99, most = (int(number) / 1000 for number in slowest.groups())
        told = ", ".join(f"{count:,} x {status}" for status, count in sorted(counts.items()))
        return f"{seconds} s, broker frozen for {away} s: {told}; each 200 once in the log; {counts['200'] / (seconds - away):,.0f}/s, " \
               f"p99 {p99:.1f} ms, longest {most:,.0f} ms"


def _answers(folder):
    counts, places = Counter(), []
    for path in sorted(folder.glob("answers-*")):
        for line in path.read_text(encoding="ascii").splitlines():
            status, *place = line.split()
            counts[status] += 1
            if place:
                places.append((int(place[0]), int(place[1])))
    if other := sorted(set(counts) - {"200", "429"}):
        raise Failed(f"answers other than 200 and 429: {other} of {dict(counts)}")
    if counts["200"] < FEWEST:
        raise Failed(f"only {counts['200']} requests were acknowledged, which says nothing")
    return counts, places


def _must_be_once(play, places):
    if len(set(places)) != len(places):
        raise Failed(f"{len(places) - len(set(places))} places were given to two requests")
    stored = {(record.partition, record.offset): records.read_frame(record.value)["order_id"] for record in play.kafka.records(play.topic)}
    if missing := [place for place in places if place not in stored]:
        raise Failed(f"{len(missing)} of {len(places)} acknowledged records are not in the log, such as {missing[0]}")
    twice = [order for order, count in Counter(stored.values()).items() if count > 1]
    if twice:
        raise Failed(f"{len(twice)} orders are in the log twice, such as {twice[0]}")
