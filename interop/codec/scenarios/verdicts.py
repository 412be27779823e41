"""Versions of a schema: what Java Avro's two checkers say, against the verdicts of the crate `compatibility`."""

import json
import random
from collections import Counter

from avro import evolution, schemas
from cases import java_defect
from daemons import Failed
from stage import Findings

PAIRS = 2_000
RULES = {False: "lenient", True: "strict"}  # Java's SchemaValidator and SchemaCompatibility, in the order of its answer

# What Java throws, and the rule that says so. SchemaValidator: two fields or branches of one name, a symbol that is none; then SchemaCompatibility.
THROWN = {
    "Duplicate field ": "alias-clash",
    "Duplicate in union:": "alias-clash",
    "is not in the enum symbol set": "unusable-default",
    "matches multiple fields in writer record schema": "alias-clash",
}
# Java's own, beside those of reading: it checks a reader's defaults once more while it applies aliases, when the records around them are
# not whole yet; it skips a record that holds itself, of which there is no data, without end; and it looks at the grammar of records that
# hold each other before that is whole.
DEFECTS = ("Invalid default for field", "java.lang.StackOverflowError", 'Cannot read field "kind" because "symbol" is null',
           'because "fields[i]" is null')


class Versions:
    """Two versions of one schema, the later one read by the earlier one or the other way round."""

    def __init__(self, seed, number, forward):
        rnd = random.Random(f"{seed} versions {number}")
        old = schemas.random_schema(rnd)
        new = evolution.random_reader(rnd, old)
        self.name = f"versions-{number}-{'forward' if forward else 'backward'}"
        self.mode = "FORWARD" if forward else "BACKWARD"
        self.old, self.new = json.dumps(old), json.dumps(new)
        self.writer, self.reader = (self.new, self.old) if forward else (self.old, self.new)
        self.schema = f"{self.writer}\n    reader: {self.reader}"

    def job(self, strict):
        """What our program is asked."""
        return {"format": "AVRO", "mode": self.mode, "old": self.old, "new": self.new, "strict": strict}


def avro(stage):
    """Every verdict is the same, by lenient and by strict rules, and a refusal says why."""
    pairs = [Versions(stage.seed, number, forward) for number in range(PAIRS) for forward in (False, True)]
    findings, counts = Findings(stage, "avro-verdicts"), Counter()
    ours = {strict: stage.judge([pair.job(strict) for pair in pairs]) for strict in RULES}
    for number, pair in enumerate(pairs):
        told = stage.java.try_to(op="judge", writer=pair.writer, reader=pair.reader)
        if "error" in told:
            told = {"values": [told, told]}
        for strict, java in zip(RULES, told["values"], strict=True):
            counts[RULES[strict], _compare(pair, java, ours[strict][number], RULES[strict], findings)] += 1
    findings.must_be_none()
    _must_be_many_sided(counts)
    said = "; ".join(f"{rules}: {counts[rules, 'compatible']:,} compatible, {counts[rules, 'incompatible']:,} incompatible, "
                     f"{counts[rules, 'left out']:,} left out" for rules in RULES.values())
    return f"{PAIRS:,} pairs both ways, all judged alike; {said}"


def _compare(pair, java, answer, rules, findings):
    """Which verdict it is."""
    if isinstance(java, dict):
        if java_defect(java) or any(defect in java["error"] for defect in DEFECTS):
            return "left out"
        rule = next((rule for text, rule in THROWN.items() if text in java["error"]), None)
        if rule is None or f"{rule}:" not in answer.get("verdict", ""):
            findings.add(pair, f"{rules}: Java throws what we do not say", java=java, ours=answer)
        return "incompatible"
    if "error" in answer:
        findings.add(pair, f"{rules}: we take it for no schema", java=java, ours=answer)
    elif answer["compatible"] != java:
        findings.add(pair, f"{rules}: Java takes it for {'compatible' if java else 'incompatible'}", ours=answer)
    return "compatible" if java else "incompatible"


def _must_be_many_sided(counts):
    """What is left out is little, and there is much of both verdicts."""
    for rules in RULES.values():
        both = min(counts[rules, "compatible"], counts[rules, "incompatible"])
        if both < PAIRS * 2 // 10 or counts[rules, "left out"] > PAIRS * 2 // 50:
            raise Failed(f"the pairs are one-sided: {dict(counts)}")
