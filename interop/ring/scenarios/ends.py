"""Ends under load: SIGTERM of both daemons, kill -9 of the consumer and of the producer, each followed by a restart."""

import random
import shutil

import records
from daemons import Failed, wait_until
from output import Output, judge, must_be_committed, thousands
from scenarios.flow import equal_values, warm_up
from stage import Play

LINES = 120_000
STOPS = 2
KILLS = 4
RESUMED_LINES = 60_000
RESUMED_RATE = 8_000
REPEATED_SECONDS = 2  # of a killed producer: since its last save, and in flight, on a busy machine
# A killed member is missed after this time and not after the default of 45 s.
QUICK_SESSION = {"kafka.properties.session.timeout.ms": 6000, "kafka.properties.heartbeat.interval.ms": 1000}


def _rest_of(path, done):
    """A file with what the last run of the producer did not take: as an operator would go on."""
    rest = path.with_name(f"from-{done}.ndjson")
    with open(path, "rb") as whole, open(rest, "wb") as file:
        for _ in range(done):
            whole.readline()
        shutil.copyfileobj(whole, file)
    return rest


def terminate(stage):
    """SIGTERM to producer, consumer and stub under load, twice; each goes on where it was. Nothing lost, nothing twice."""
    with Play(stage, "terminate") as play:
        warm_up(play)
        path = play.folder / "in.ndjson"
        lines = records.write_lines(path, LINES, keys=LINES // 20, seed=4)
        output, done, drains = Output(play.output), 0, []
        for stop in range(STOPS + 1):
            consumer = play.consumer()
            producer = play.ndjson_producer(_rest_of(path, done), {"source.rate": "30000/s"})
            if stop < STOPS:
                play.wait_consumed(consumer, output, done + 20_000, 60)
                producer.terminate()
                consumer.terminate()
                done = play.log_size()
                if done >= LINES:
                    raise Failed("the producer was through before its SIGTERM: no load")
                drains.append(f"{thousands(done)}")
                stage.stub.daemon.terminate()
                stage.stub.start()
            else:
                producer.expect_exit(0, 60)
                play.wait_consumed(consumer, output, LINES, 60)
                consumer.terminate()
        rows = output.rows()
        offsets = play.kafka.offsets(play.topic, play.group)
        verdict = judge(rows, play.topic, offsets).must_be_whole(duplicates_allowed=False)
        must_be_committed(offsets)
        by_line, breaks = equal_values(verdict.first, lines)
        if len(by_line) != LINES or breaks:
            raise Failed(f"{len(by_line)} of {LINES} lines came back, {breaks} out of their key's order")
        return f"stopped after {', '.join(drains)} of {thousands(LINES)} lines; lost 0, duplicates 0, order breaks 0"


def kill(stage):
    """kill -9 of the consumer under load, several times. Nothing lost; what came twice is counted."""
    with Play(stage, "kill") as play:
        warm_up(play)
        rnd = random.Random(9)
        producer = play.producer({"source.rate": "8000/s"})
        output, kills = Output(play.output), []
        for _ in range(KILLS):
            consumer = play.consumer(QUICK_SESSION)
            play.wait_consumed(consumer, output, output.count() + rnd.randint(1_000, 30_000), 60)
            consumer.kill()
            kills.append(thousands(output.count()))
        consumer = play.consumer(QUICK_SESSION)
        play.wait_consumed(consumer, output, output.count() + 1_000, 60)
        producer.must_run()
        producer.terminate()
        total = play.log_size()
        play.wait_committed(consumer, 90)
        consumer.terminate()
        rows = output.rows()
        verdict = judge(rows, play.topic, play.kafka.offsets(play.topic, play.group)).must_be_whole(duplicates_allowed=True)
        ids = {row["value"]["order_id"] for row in verdict.first}
        if len(ids) != total:
            raise Failed(f"{len(ids)} different orders of {total}")
        return f"{thousands(total)} orders, killed at {KILLS} points (lines {'; '.join(kills)}), lost 0, " \
               f"duplicates {thousands(verdict.duplicates)}, order breaks 0"


def resume(stage):
    """kill -9 of a producer that goes on with its file, several times, and SIGTERM in between. Nothing lost, little twice."""
    with Play(stage, "resume") as play:
        warm_up(play)
        rnd, path = random.Random(12), play.folder / "in.ndjson"
        lines = records.write_lines(path, RESUMED_LINES, keys=RESUMED_LINES // 20, seed=12)
        for stop in range(KILLS + 1):
            producer, before = play.ndjson_producer(path, {"source.resume": "true", "source.rate": f"{RESUMED_RATE}/s"}), play.log_size()
            wanted = before + rnd.randint(1_000, 10_000)
            wait_until("lines are sent", lambda: producer.must_run() or play.log_size() >= wanted, 60)
            if stop == 2:
                producer.terminate()
            else:
                producer.kill()
        play.ndjson_producer(path, {"source.resume": "true"}).expect_exit(0, 60)
        total = play.log_size()
        play.ndjson_producer(path, {"source.resume": "true"}).expect_exit(0, 60)
        if play.log_size() != total:
            raise Failed(f"a file that was sent was sent again: {play.log_size() - total} lines")
        consumer, output = play.consumer(), Output(play.output)
        play.wait_consumed(consumer, output, total, 60)
        consumer.terminate()
        rows = judge(output.rows(), play.topic, play.kafka.offsets(play.topic)).must_be_whole(duplicates_allowed=False).first
        first = {}
        for row in rows:
            first.setdefault(row["value"]["ordered_at"], row)
        by_line, breaks = equal_values(list(first.values()), lines)
        twice = total - RESUMED_LINES
        if len(by_line) != RESUMED_LINES or breaks:
            raise Failed(f"{len(by_line)} of {RESUMED_LINES} lines came back, {breaks} out of their key's order")
        if not 0 < twice <= KILLS * REPEATED_SECONDS * RESUMED_RATE:
            raise Failed(f"{twice} lines were sent twice after {KILLS} kills")
        return f"{thousands(RESUMED_LINES)} lines, killed {KILLS} times and stopped once, lost 0, twice {thousands(twice)}, order breaks 0"
