"""Payloads near to a JSON Schema, most of them no longer valid: both sides say the same."""

from collections import Counter

from cases import Json
from daemons import Failed
from kinds import disagreement
from stage import Findings

SCHEMAS, RECORDS = 150, 60


def json(stage):
    """What Java's validator refuses we refuse, and what it takes we take."""
    cases = [Json.random(stage.seed, f"doubtful-{number}", RECORDS) for number in range(SCHEMAS)]
    findings = Findings(stage, "json-refusals")
    ours = stage.pool.map(lambda case: stage.verdicts(case, f"{case.name}-for-java", "NONE", case.doubtful), cases)
    counts = Counter()
    for case, verdicts in zip(cases, ours, strict=True):
        told = stage.java.ask(op="serialize", format="JSON", schema=case.schema, name=f"{case.name}-java", compression="NONE", values=case.doubtful)
        for record, java, (frame, kind) in zip(case.doubtful, told["values"], verdicts, strict=True):
            counts[_compare(case, record, java, frame, kind, findings)] += 1
    findings.must_be_none()
    if not counts["taken"] or not counts["refused"]:
        raise Failed(f"one-sided: {dict(counts)}")
    return f"{SCHEMAS} schemas; {counts['refused']:,} payloads refused by both for the same reason, {counts['taken']:,} taken by both"


def _compare(case, record, java, frame, kind, findings):
    if isinstance(java, dict) != (frame is None):
        findings.add(case, "verdicts differ", record=record, java=java, ours=frame or kind)
        return "differ"
    if frame is not None:
        return "taken"
    wrong = disagreement(kind, java["error"])
    if wrong:
        findings.add(case, wrong, record=record, java=java, ours=kind)
    return "refused"
