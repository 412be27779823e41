"""Writer and reader schemas: Java Avro's own resolver against `consumer decode --reader-schema`."""

import json
import random
from collections import Counter

from avro import binary, evolution, model, schemas, text, values
from avro.values import TooDeep
from cases import java_defect
from daemons import Failed
from kinds import disagreement
from stage import Findings, Refused

PAIRS = 5_000
VALUES = 3
HEADER = "0300" + 32 * "0"


class Pair:
    """A writer's schema with data, and a reader's schema."""

    def __init__(self, seed, number):
        rnd = random.Random(f"{seed} pair {number}")
        self.name = f"pair-{number}"
        self.writer_json, self.records = _writer(rnd)
        self.reader_json = evolution.random_reader(rnd, self.writer_json)
        self.writer, self.reader = model.parse(self.writer_json), model.parse(self.reader_json)
        self.schema = f"{json.dumps(self.writer_json)}\n    reader: {json.dumps(self.reader_json)}"

    def data(self):
        """The records as the writer wrote them, in hex."""
        return [binary.encode(self.writer, record).hex() for record in self.records]

    def form(self, value):
        """What equal values under the reader's schema have in common."""
        return binary.encode(self.reader, value, ordered=True)


def _writer(rnd):
    while True:
        schema = schemas.random_schema(rnd)
        try:
            draw, node = values.Values(rnd), model.parse(schema)
            return schema, [draw.of(node) for _ in range(VALUES)]
        except TooDeep:
            continue


def reader_schemas(stage):
    """Every record gives the same value, or none, on both sides."""
    pairs = [Pair(stage.seed, number) for number in range(PAIRS)]
    findings, counts = Findings(stage, "reader-schemas"), Counter()
    ours = stage.pool.map(lambda pair: _ours(stage, pair), pairs)
    for pair, answers in zip(pairs, ours, strict=True):
        told = stage.java.try_to(op="resolve", writer=json.dumps(pair.writer_json), reader=json.dumps(pair.reader_json), values=pair.data())
        if java_defect(told):
            counts["pairs left out"] += 1
            continue
        counts["pairs compatible"] += told["compatible"]
        for record, java, (answer, value) in zip(pair.records, told["values"], answers, strict=True):
            counts[_compare(pair, record, java, answer, value, findings)] += 1
    findings.must_be_none()
    _must_be_many_sided(counts)
    return (f"{PAIRS:,} pairs, {counts['pairs compatible']:,} compatible, {counts['pairs left out']:,} left out; {counts['read']:,} records read alike, "
            f"{counts['refused']:,} refused for the same reason, {counts['no text']:,} read whose bytes are no text, {counts['left out']:,} left out")


def _must_be_many_sided(counts):
    """Pairs and records that are left out are few, and there are records of both verdicts."""
    records = PAIRS * VALUES
    few = counts["pairs left out"] <= PAIRS // 50 and counts["left out"] <= records // 50
    if not few or min(counts["read"], counts["refused"]) < records // 10:
        raise Failed(f"the pairs are one-sided: {dict(counts)}")


def _ours(stage, pair):
    folder = stage.folder / "pairs"
    folder.mkdir(exist_ok=True)
    files = []
    for role, schema in (("writer", pair.writer_json), ("reader", pair.reader_json)):
        files.append(folder / f"{pair.name}-{role}.avsc")
        files[-1].write_text(json.dumps(schema), encoding="utf-8")
    options = ("--schema", str(files[0]), "--format", "avro", "--reader-schema", str(files[1]))
    try:
        return stage.decode([HEADER + data for data in pair.data()], *options)
    except Refused as refusal:
        return [({"ok": False, "kind": "schema_invalid", "error": str(refusal)}, None) for _ in pair.records]


# Java checks a reader's defaults once more while it applies aliases, when the records around them are not whole yet.
ALIAS_DEFECT = "Invalid default for field"


def _is_text(pair, java):
    """Whether all strings are: Java reads any bytes as a string."""
    try:
        binary.decode(pair.reader, bytes.fromhex(java))
    except UnicodeDecodeError:
        return False
    return True


def _compare(pair, record, java, answer, value, findings):
    data = binary.encode(pair.writer, record).hex()
    if isinstance(java, dict):
        if ALIAS_DEFECT in java["error"]:
            return "left out"
        if answer["ok"]:
            findings.add(pair, "Java refuses and we read", data=data, java=java, ours=value)
            return "differ"
        wrong = disagreement(answer["kind"], java["error"])
        if wrong:
            findings.add(pair, wrong, data=data, java=java, ours=answer)
        return "refused"
    if not answer["ok"]:
        findings.add(pair, "Java reads and we refuse", data=data, java=java, ours=answer)
        return "differ"
    if not _is_text(pair, java):
        # Both put U+FFFD in place of what is no UTF-8, each by its own count.
        return "no text"
    wanted = binary.decode(pair.reader, bytes.fromhex(java))
    try:
        right = pair.form(text.load(pair.reader, json.loads(value))) == pair.form(wanted)
    except text.BadText as error:
        right, value = False, f"{value} ({error})"
    if not right:
        findings.add(pair, "values differ", data=data, java=json.dumps(text.dump(pair.reader, wanted)), ours=value)
    return "read"
