"""The object store: the consumer dies again and again while it writes Parquet, and each record is in one file once."""

import json
import random
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import python_packages
import scale
from daemons import Failed, wait_until
from made import made_once
from output import Output, thousands
from scenarios.load import prepare
from stage import Play
from stub import environment, free_port

HERE = Path(__file__).resolve().parent.parent.parent / "lake"
ORDERS, KILLS = 100_000, 8
LONG_ORDERS, LONG_KILLS = 1_000_000, 20
BUCKET_ORDERS, BUCKET_KILLS = 20_000, 4
SECONDS_A_KILL = 4  # of orders: there are new ones for each of the consumer's lives
SESSION = {"kafka.properties.session.timeout.ms": 6000, "kafka.properties.heartbeat.interval.ms": 500, "consumer.instance_id": "first"}
FILES = {"sink.kind": "object_store", "sink.format": "parquet", "sink.file_time": "1s", "sink.partition_by": "date"}
BUCKET = "lake"


def folder(stage):
    """Again and again kill -9 while files are written, closed, and their offsets committed."""
    with Play(stage, "lake") as play:
        orders, kills = (LONG_ORDERS, LONG_KILLS) if scale.is_long else (ORDERS, KILLS)
        place = play.folder / "lake"
        return _play(play, (orders, kills), {**FILES, "sink.url": place, "sink.file_records": orders // 600}, str(place / play.topic), {})


def bucket(stage):
    """The same with a bucket of S3."""
    with Play(stage, "lake-bucket") as play, _s3(play.folder) as endpoint:
        place = f"s3://{BUCKET}/raw"
        play.variables = {"AWS_ENDPOINT_URL_S3": endpoint}
        files = {**FILES, "sink.url": place, "sink.file_records": 50}
        played = _play(play, (BUCKET_ORDERS, BUCKET_KILLS), files, f"{place}/{play.topic}", play.variables)
        return f"{played}; {_judge_avro(play, BUCKET_ORDERS)}"


def _play(play, size, files, place, variables):
    orders, kills = size
    prepare(play)
    producer = play.producer({"source.rate": f"{orders / (kills * SECONDS_A_KILL):.0f}/s", "source.max_records": orders, "source.seed": 9})
    settings, rnd, died, written, removed = {**SESSION, **files}, random.Random(20), 0, 0, 0
    while died < kills:
        consumer = play.consumer(settings)
        consumer.wait_ready(60)
        if rnd.random() < 0.75:
            wait_until("files are written", lambda: _has_written(consumer, producer), 30)
        time.sleep(rnd.uniform(0, 0.8))
        consumer.must_run()
        written, removed = written + consumer.metric("sink_objects_written_total"), removed + consumer.metric("sink_objects_removed_total")
        consumer.kill()
        died += 1
    producer.expect_exit(0, 120)
    last = play.consumer({**settings, "consumer.until": "end"})
    last.expect_exit(0, 120)
    if kills >= KILLS and not removed:
        raise Failed("no file was ever taken away: no death came between a file and its commit")
    judged = _judge(play, orders, place, variables)
    return f"{died} kills amid {written:.0f} files, {judged}; {removed:.0f} files were taken away and written again"


def _has_written(consumer, producer):
    consumer.must_run()
    return consumer.metric("sink_objects_written_total") > 0 or producer.poll() is not None


def _judge(play, orders, place, variables):
    """Holds the files against what a file sink writes of the same topic, in a group of its own."""
    reader = play.consumer({"kafka.group_id": f"{play.group}-lines", "consumer.until": "end"})
    reader.expect_exit(0, 120)
    if Output(play.output).count() != orders:
        raise Failed(f"{Output(play.output).count()} lines of {orders} orders")
    surroundings = {**environment(play.folder), **variables}
    found = _read(play, orders, surroundings, place)
    return f"{thousands(found['rows'])} rows in {found['files']} files: each record once, lost 0, none differs"


def _read(play, orders, surroundings, *what):
    """Has the files read by others, and held against the lines."""
    read = subprocess.run([python(), HERE / "read.py", what[0], play.output, *what[1:]], capture_output=True, text=True, check=False, env=surroundings)
    if read.returncode:
        raise Failed(f"the files cannot be read:\n{read.stderr}")
    found = json.loads(read.stdout)
    if (found["rows"], found["twice"], found["lost"], found["differ"]) != (orders, 0, 0, 0):
        raise Failed(f"of {orders} orders the files have {found}")
    return found


def _judge_avro(play, orders):
    """The same topic once more, without deaths, as Avro's container files."""
    place = play.folder / "avro"
    settings = {**FILES, "kafka.group_id": f"{play.group}-avro", "consumer.until": "end", "sink.format": "avro", "sink.url": place, "sink.file_records": orders // 10}
    play.consumer(settings).expect_exit(0, 120)
    found = _read(play, orders, environment(play.folder), place / play.topic, "avro")
    return f"as Avro, read by fastavro, {thousands(found['rows'])} records in {found['files']} files"


def _made():
    made, requirements = HERE.parent.parent / "target" / "interop-lake", HERE / "requirements.txt"
    made_once(made, [requirements], made / "venv" / "bin" / "moto_server", lambda: python_packages.install(made / "venv", requirements))
    return made / "venv" / "bin"


def python():
    """The Python that has the packages which read files."""
    return str(_made() / "python")


@contextmanager
def _s3(logs):
    """A server that speaks S3, with one bucket."""
    port = free_port()
    with open(logs / "s3.log", "wb") as log:
        server = subprocess.Popen([_made() / "moto_server", "-H", "127.0.0.1", "-p", str(port)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(logs))
    try:
        wait_until("the bucket is there", lambda: _make_bucket(port), 30)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _make_bucket(port):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{BUCKET}", method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
