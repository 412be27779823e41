"""Where reading begins and ends, and how a group shares its partitions, as a real cluster has it."""

import subprocess
import time

import jars
import records
from daemons import Failed
from output import Output, thousands
from scenarios.flow import warm_up
from stage import Play

LINES = 5_000
IN_TRANSACTIONS = 12


def _bounded(play, number, settings, expected):
    """Runs a consumer that must end by itself with 0, and holds the number of its lines against what is expected."""
    path = play.folder / f"bounded-{number}.ndjson"
    consumer = play.consumer({"consumer.until": "end", "sink.path": path, **settings}).expect_exit(0, 60)
    lines = Output(path).count()
    if lines != expected:
        raise Failed(f"{settings} gave {lines} lines, not {expected}; the consumer said:\n{consumer.last_words()}")
    return lines


def _now():
    """This moment, and a little more, so that whatever comes after is later."""
    time.sleep(0.01)
    moment = time.time_ns() // 1_000_000
    time.sleep(0.01)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment // 1000)) + f".{moment % 1000:03}Z"


def _named(play):
    """A member with a name of its own dies and comes back at once: its place is kept, and the group stays where it is."""
    place = {"consumer.instance_id": "one"}
    member = play.consumer({**place, "sink.path": play.folder / "named.ndjson"})
    member.wait_ready(30)
    member.kill()
    back = play.consumer({**place, "consumer.start": "earliest", "sink.path": play.folder / "named-again.ndjson"})
    back.wait_ready(60)
    back.terminate()
    if not back.said("the group has members already") or Output(play.folder / "named-again.ndjson").count():
        raise Failed("consumer.start moved a group whose named member had just died")


def _looked_at(play, middle):
    """Looks at the topic from a time on, up to a time and at its end; gives how many records were shown."""
    place = ("--template", "{partition}@{offset} {timestamp}")
    later = play.tail("--from", middle, "--until", "end", *place)
    first = play.tail("--from", "beginning", "--until", middle, *place)
    if len(later) != LINES or len(first) != LINES or any(line.split()[1] >= middle for line in first):
        raise Failed(f"consumer tail showed {len(first)} records before {middle} and {len(later)} from then on, not {LINES} each")
    newest = play.tail("--last", "7", "--until", "end", *place)
    times = [line.split()[1] for line in newest]
    if len(newest) != 7 or times != sorted(times) or times[-1] != max(line.split()[1] for line in later):
        raise Failed(f"consumer tail --last 7 showed {newest}")
    return len(later) + len(first) + len(newest)


def bounds(stage):
    """A group is read to the end, moved by word, time and offset, and not moved while it has a member."""
    with Play(stage, "bounds") as play:
        warm_up(play)
        records.write_lines(play.folder / "in.ndjson", LINES, keys=500, seed=11)
        play.ndjson_producer(play.folder / "in.ndjson").expect_exit(0, 60)
        middle = _now()
        play.ndjson_producer(play.folder / "in.ndjson").expect_exit(0, 60)
        behind_first = [latest for _, latest, _ in play.kafka.offsets(play.topic).values()][0] - 10
        before = play.kafka.offsets(play.topic, play.group)
        shown = _looked_at(play, middle)
        if play.kafka.offsets(play.topic, play.group) != before:
            raise Failed("consumer tail has committed something")
        rows = [
            ({}, 2 * LINES),
            ({}, 0),
            ({"consumer.start": "earliest"}, 2 * LINES),
            ({"consumer.start": middle}, LINES),
            ({"consumer.start": "earliest", "consumer.until": middle}, LINES),
            ({}, LINES),
            ({"consumer.start": f"0={behind_first}"}, 10),
            ({"consumer.start": "earliest", "consumer.assignment": "range"}, 2 * LINES),
            ({"consumer.start": "earliest", "consumer.group_protocol": "consumer", "kafka.group_id": f"{play.group}-848"}, 2 * LINES),
            ({"consumer.start": "latest"}, 0),
        ]
        read = sum(_bounded(play, number, settings, expected) for number, (settings, expected) in enumerate(rows))
        member = play.consumer()
        member.wait_ready(30)
        other = play.consumer({"consumer.start": "earliest", "sink.path": play.folder / "other.ndjson"})
        other.wait_ready(30)
        left_aside = other.said("the group has members already")
        other.terminate()
        member.terminate()
        if not left_aside or Output(play.folder / "other.ndjson").count() or Output(play.output).count():
            raise Failed("consumer.start moved a group that has a member")
        _named(play)
        return f"{len(rows)} runs ended by themselves with {thousands(read)} lines in all, each as expected; {thousands(shown)} were looked at beforehand without a trace; a group with a member was not moved, nor one whose named member had just died"


def holes(stage):
    """Markers of transactions take offsets, the last one of a partition too: `consumer tail` waits for no record there."""
    with Play(stage, "holes", partitions=1) as play:
        play.kafka.topic(play.topic, play.partitions)
        amount = ("--num-records", str(IN_TRANSACTIONS), "--record-size", "8", "--throughput", "20")
        way = ("--transactional-id", play.group, "--transaction-duration-ms", "10", "--producer-props", f"bootstrap.servers={play.kafka.bootstrap}")
        command = jars.command("org.apache.kafka.tools.ProducerPerformance", "--topic", play.topic, *amount, *way)
        written = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if written.returncode != 0:
            raise Failed(f"nothing was written in transactions: {written.stderr}")
        end = play.kafka.offsets(play.topic)[0][1]
        whole = play.tail("--from", "beginning", "--until", "end", "--format", "raw")
        last = [int(offset) for offset in play.tail("--last", str(IN_TRANSACTIONS), "--until", "end", "--template", "{offset}")]
        if end <= IN_TRANSACTIONS or len(whole) != IN_TRANSACTIONS or len(last) != IN_TRANSACTIONS or last != sorted(last):
            raise Failed(f"of {IN_TRANSACTIONS} records in {end} offsets consumer tail showed {len(whole)}, and as the last ones {last}")
        return f"{IN_TRANSACTIONS} records in {end} offsets were shown from the beginning, and as the last {IN_TRANSACTIONS}"
