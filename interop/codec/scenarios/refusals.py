"""Payloads near to a JSON Schema, most of them no longer valid: both sides say the same."""

from cases import Json
from daemons import Failed
from stage import Findings

SCHEMAS, RECORDS = 60, 60


def json(stage):
    """What Java's validator refuses we refuse, and what it takes we take."""
    cases = [Json.random(stage.seed, f"doubtful-{number}", RECORDS) for number in range(SCHEMAS)]
    findings = Findings(stage, "json-refusals")
    ours = stage.pool.map(lambda case: stage.encode(case, f"{case.name}-for-java", "NONE", case.doubtful), cases)
    taken = refused = 0
    for case, frames in zip(cases, ours, strict=True):
        told = stage.java.ask(op="serialize", format="JSON", schema=case.schema, name=f"{case.name}-java", compression="NONE", values=case.doubtful)
        for record, java, frame in zip(case.doubtful, told["values"], frames, strict=True):
            taken += frame is not None
            refused += frame is None
            if isinstance(java, dict) == (frame is not None):
                findings.add(case, "verdicts differ", record=record, java=java, ours=frame)
    findings.must_be_none()
    if not taken or not refused:
        raise Failed(f"one-sided: {taken} taken, {refused} refused")
    return f"{SCHEMAS} schemas; {refused:,} payloads refused by both, {taken:,} taken by both"
