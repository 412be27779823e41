"""Random schemas and records between another library and us, both ways, none and zlib."""

import uuid

from cases import Avro, Json, Protobuf
from daemons import Failed
from stage import Findings, payload

JAVA_CASES = {Avro: (250, 60), Json: (150, 60), Protobuf: (150, 60)}
PYTHON_CASES = {Avro: (125, 30), Json: (75, 30)}


def java_avro(stage):
    """Avro with the Java serde."""
    return _with_java(stage, Avro)


def java_json(stage):
    """JSON Schema with the Java serde."""
    return _with_java(stage, Json)


def java_protobuf(stage):
    """Protobuf with the Java serde."""
    return _with_java(stage, Protobuf)


def python_avro(stage):
    """Avro with the Python library."""
    return _with_python(stage, Avro)


def python_json(stage):
    """JSON Schema with the Python library."""
    return _with_python(stage, Json)


def _with_java(stage, kind):
    schemas, count = JAVA_CASES[kind]
    drawn = [kind.random(stage.seed, number, count) for number in range(schemas)]
    cases = [case for case in drawn if not case.beyond_java(stage.java)]
    if len(cases) < 0.9 * len(drawn):
        raise Failed(f"the Java library itself cannot read {len(drawn) - len(cases)} of {len(drawn)} schemas")
    findings = Findings(stage, f"java-{kind.flag}")
    theirs = _theirs(stage.java, cases, "java", kind.for_java, findings)
    _read_back(stage.java, theirs, "java", kind.from_java, findings)
    read = _to_us(stage, theirs, findings)
    ours = _ours(stage, cases, "for-java", findings)
    back = _read_back(stage.java, ours, "java", kind.from_java, findings)
    equal = _equal_payloads(theirs, ours, findings)
    findings.must_be_none()
    return f"{len(cases)} schemas; {read:,} records Java to us, {back:,} us to Java; {equal:,} payloads equal byte for byte, all equal by value"


def _with_python(stage, kind):
    schemas, count = PYTHON_CASES[kind]
    cases = [kind.random(stage.seed, f"tame-{number}", count, tame=True) for number in range(schemas)]
    findings = Findings(stage, f"python-{kind.flag}")
    read = _to_us(stage, _theirs(stage.python, cases, "python", kind.for_python, findings), findings)
    back = _read_back(stage.python, _ours(stage, cases, "for-python", findings), "python", kind.from_python, findings)
    findings.must_be_none()
    return f"{schemas} schemas; {read:,} records Python to us, {back:,} us to Python"


def _theirs(worker, cases, who, form, findings):
    """(case, compression, record, frame) for each record, framed by the other library."""
    made = []
    for case in cases:
        for compression, records in case.halves():
            job = {"op": "serialize", "format": case.format, "schema": case.schema, "name": f"{case.name}-{who}", "compression": compression,
                   "message": case.message, "values": [form(case, record) for record in records]}
            for record, frame in zip(records, worker.ask(**job)["values"], strict=True):
                if isinstance(frame, str):
                    made.append((case, compression, record, frame))
                else:
                    findings.add(case, f"{who} refuses to write", record=form(case, record), error=frame["error"])
    return made


def _ours(stage, cases, suffix, findings):
    """The same, framed by `producer encode`."""
    def one(case):
        made = []
        for compression, records in case.halves():
            frames = stage.encode(case, f"{case.name}-{suffix}", compression, [case.line(record) for record in records])
            made += [(case, compression, record, frame) for record, frame in zip(records, frames, strict=True)]
        return made

    rows = [row for rows in stage.pool.map(one, cases) for row in rows]
    for case, _, record, frame in rows:
        if frame is None:
            findings.add(case, "we refuse to write", record=case.line(record))
    return [row for row in rows if row[3]]


def _read_back(worker, rows, who, load, findings):
    """Gives frames to the other library; returns how many records are equal."""
    by_case = {}
    for row in rows:
        by_case.setdefault(row[0], []).append(row)
    equal = 0
    for case, part in by_case.items():
        answer = worker.ask(op="deserialize", format=case.format, name=case.name, values=[frame for _, _, _, frame in part])
        for (_, _, record, frame), value in zip(part, answer["values"], strict=True):
            equal += _equal(case, f"{who} reads", record, frame, value, load, findings)
    return equal


def _to_us(stage, rows, findings):
    """Gives frames to `consumer decode`, all at once; returns how many records are equal."""
    equal = 0
    answers = stage.decode([frame for _, _, _, frame in rows])
    for (case, compression, record, frame), (answer, value) in zip(rows, answers, strict=True):
        wanted = {"ok": True, "data_format": case.format, "compression": compression.lower(),
                  "schema_version_id": str(uuid.UUID(hex=frame[4:36]))}
        wrong = {key: answer.get(key) for key, one in wanted.items() if answer.get(key) != one}
        if wrong or not answer["schema_name"].startswith(f"{case.name}-"):
            findings.add(case, "we answer", answer=answer, record=case.line(record), frame=frame)
        else:
            equal += _equal(case, "we read", record, frame, value, type(case).from_line, findings)
    return equal


def _equal(case, what, record, frame, value, load, findings):
    try:
        right = not isinstance(value, dict) and case.is_equal(record, load(case, value))
    except Exception as error:  # whatever is wrong with an answer is a finding
        value, right = f"{value} ({type(error).__name__}: {error})", False
    if not right:
        findings.add(case, what, record=case.line(record), frame=frame, found=value)
    return right


def _equal_payloads(theirs, ours, findings):
    """Holds both libraries' payloads of the same record against each other; returns how many are the same bytes."""
    java = {(case, id(record)): frame for case, _, record, frame in theirs}
    same = 0
    for case, _, record, frame in ours:
        other = java.get((case, id(record)))
        if other is None:
            continue
        both = payload(other), payload(frame)
        same += both[0] == both[1]
        if not case.same_payload(record, *both):
            findings.add(case, "payloads differ", record=case.line(record), java=both[0].hex(), ours=both[1].hex())
    return same
