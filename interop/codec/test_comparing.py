"""The comparer and the generators: they must see each fault that they exist for. Run by `python3 -m unittest discover -s interop/codec`."""

import json
import math
import random
import sys
import tempfile
import unittest
import uuid
import zlib
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("shared", "java", "python"))]

import json_schema  # noqa: E402
import kinds  # noqa: E402
import native  # noqa: E402
from avro import binary, evolution, model, schemas, text, values  # noqa: E402
from cases import Avro, Json, Protobuf  # noqa: E402
from daemons import Failed  # noqa: E402
from protobuf import model as protobuf  # noqa: E402
from scenarios import exchange, refusals  # noqa: E402
from stage import Findings, Stage, payload, value_text  # noqa: E402

RECORDED = HERE.parent.parent / "common" / "tests" / "data" / "frames-avro.jsonl"
MAP = Avro("m", {"type": "map", "values": "double"}, [])
ID = "75db6fea-2b3f-4283-8abc-805f5381fee9"


class AvroReference(unittest.TestCase):
    """Our own reading of the specification."""

    def test_recorded_java_frames(self):
        seen = 0
        for line in RECORDED.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if not isinstance(row.get("binary"), str) or not isinstance(row.get("avroJson"), str) or not row["avroJson"]:
                continue
            try:
                node = model.parse(json.loads(row["schema"]))
            except model.BadSchema:
                continue
            data = bytes.fromhex(row["binary"])
            value = binary.decode(node, data)
            self.assertEqual(binary.encode(node, value), data, row["id"])
            loaded = text.load(node, json.loads(row["avroJson"]))
            self.assertEqual(binary.encode(node, loaded, ordered=True), binary.encode(node, value, ordered=True), row["id"])
            seen += 1
        self.assertGreater(seen, 120)

    def test_random_round_trips(self):
        for seed in range(60):
            case = Avro.random(seed, seed, 6)
            self.assertEqual(case.schema, Avro.random(seed, seed, 6).schema)
            for record in case.records:
                data = binary.encode(case.node, record)
                self.assertEqual(case.form(binary.decode(case.node, data)), case.form(record))
                self.assertEqual(case.from_line(case.line(record)), case.form(record))

    def test_every_type_is_drawn(self):
        found = {(node.kind, node.logical) for seed in range(300) for node in model.nodes(model.parse(schemas.random_schema(random.Random(seed))))}
        wanted = {(kind, None) for kind in (*model.PRIMITIVES, *model.NAMED, "array", "map", "union")}
        wanted |= {(kind, name) for kind, names in schemas.LOGICAL.items() for name in names}
        self.assertEqual(wanted - found, set())

    def test_wrong_text_is_seen(self):
        wrong = {'"int"': ["1.0", "true", '"1"', "2147483648"], '["null", "int"]': ["1", '{"long": 1}', '{"int": 1, "null": null}'],
                 '"bytes"': ['"\\u0100"'], '{"type": "fixed", "name": "f", "size": 2}': ['"a"'], '"double"': ['"nan"', "true"],
                 '{"type": "enum", "name": "e", "symbols": ["A"]}': ['"B"'],
                 '{"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}, {"name": "b", "type": "int"}]}': ['{"a": 1}', '{"b": 1, "a": 1}']}
        for schema, answers in wrong.items():
            for answer in answers:
                with self.assertRaises(text.BadText, msg=f"{schema} {answer}"):
                    text.load(model.parse(json.loads(schema)), json.loads(answer))

    def test_equality(self):
        self.assertEqual(MAP.form({"a": 1.0, "b": math.nan}), MAP.form({"b": math.nan, "a": 1.0}))
        self.assertNotEqual(MAP.form({"a": 0.0}), MAP.form({"a": -0.0}))
        one, other = (binary.encode(MAP.node, value) for value in ({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}))
        self.assertTrue(MAP.same_payload({"a": 1.0, "b": 2.0}, one, other))
        self.assertFalse(MAP.same_payload({"a": 1.0}, binary.encode(MAP.node, {"a": 1.0}), binary.encode(MAP.node, {"a": 2.0})))

    def test_readers_differ_and_parse(self):
        changed = 0
        for seed in range(200):
            rnd = random.Random(seed)
            writer = schemas.random_schema(rnd)
            reader = evolution.random_reader(rnd, writer)
            model.parse(json.loads(json.dumps(reader)))
            changed += reader != writer
        self.assertGreater(changed, 150)

    def test_python_classes_and_back(self):
        for seed in range(60):
            case = Avro.random(seed, f"tame-{seed}", 4, tame=True)
            for record in case.records:
                self.assertEqual(case.form(native.back(case.node, native.of(case.node, record))), case.form(record))


class JsonValues(unittest.TestCase):
    """JSON by value and by text."""

    def test_equality(self):
        same = [("1.10", "1.1"), ("1e5", "100000.0"), ('{"a": [1]}', '{"a":[1]}'), ('"\\u00e4"', '"ä"')]
        for one, other in same:
            self.assertEqual(json_schema.by_value(one), json_schema.by_value(other))
        different = [("1", "1.0"), ("1", "true"), ('{"a":1,"b":2}', '{"b":2,"a":1}'), ("9007199254740993", "9007199254740992"), ('"1"', "1")]
        for one, other in different:
            self.assertNotEqual(json_schema.by_value(one), json_schema.by_value(other))
        self.assertNotEqual(json_schema.by_text("1.10"), json_schema.by_text("1.1"))
        self.assertNotEqual(json_schema.by_text("1.1"), json_schema.by_text('"1.1"'))

    def test_texts_are_lines_of_json(self):
        for seed in range(60):
            case = Json.random(seed, seed, 12)
            for record in [*case.records, *case.doubtful, case.schema]:
                self.assertNotIn("\n", record)
                json_schema.by_value(record)

    def test_payloads(self):
        case = Json("j", "{}", [])
        self.assertTrue(case.same_payload(None, b'{"a":1.1}', b'{"a":1.10}'))
        self.assertFalse(case.same_payload(None, b'{"a":1}', b'{"a": 1}'))
        self.assertFalse(case.same_payload(None, b'{"a":1}', b'{"a":2}'))


class ProtobufValues(unittest.TestCase):
    """Messages by type."""

    def setUp(self):
        enum = protobuf.Enum("p.E", {"NONE": 0, "ONE": 1})
        self.message = protobuf.Message("p.M", [
            protobuf.Field("a", 1, "int32", json_name="a"), protobuf.Field("b", 2, "int64", "optional", json_name="b"),
            protobuf.Field("c", 3, enum, json_name="c"), protobuf.Field("d", 4, "float", json_name="d"),
            protobuf.Field("e", 5, "string", "map", "string", json_name="e")])

    def form(self, value):
        return protobuf.canonical(self.message, value, proto3=True)

    def test_equality(self):
        self.assertEqual(self.form({"a": 0, "c": "NONE", "d": 0.0, "e": {}}), self.form({}))
        self.assertNotEqual(self.form({"b": "0"}), self.form({}))
        self.assertEqual(self.form({"d": 0.1}), self.form({"d": 0.10000000149011612}))
        self.assertNotEqual(self.form({"d": 0.1}), self.form({"d": 0.1000001}))
        self.assertEqual(self.form({"e": {"x": "1", "y": "2"}}), self.form({"e": {"y": "2", "x": "1"}}))

    def test_wrong_json_is_seen(self):
        for value in ({"z": 1}, {"b": 1}, {"a": "1"}, {"c": "TWO"}, []):
            with self.assertRaises(protobuf.BadJson, msg=str(value)):
                self.form(value)

    def test_random_messages_are_their_own_form(self):
        for seed in range(60):
            case = Protobuf.random(seed, seed, 6)
            for record in case.records:
                self.assertEqual(case.from_line(case.line(record)), case.form(record))

    def test_the_type_counts(self):
        case = Protobuf.random(1, 1, 1)
        with self.assertRaises(protobuf.BadJson):
            case.from_java(f"other.Type {case.line(case.records[0])}")


class Exchange(unittest.TestCase):
    """Answers that are not right are findings."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.stage = SimpleNamespace(folder=Path(folder.name))
        self.case = Avro("avro-1", "int", [7])
        self.frame = "0300" + uuid.UUID(ID).hex + "0e"
        self.right = {"ok": True, "schema_version_id": ID, "schema_name": "avro-1-java", "data_format": "AVRO", "compression": "none", "value": 7}

    def equal(self, answer):
        self.stage.decode = lambda _: [(answer, json.dumps(answer.get("value")))]
        findings = Findings(self.stage, "x")
        equal = exchange._to_us(self.stage, [(self.case, "NONE", 7, self.frame)], findings)
        self.assertEqual(equal, 1 - len(findings.found))
        return equal

    def test_answers(self):
        self.assertEqual(self.equal(self.right), 1)
        for key, wrong in (("ok", False), ("schema_version_id", ID[::-1]), ("schema_name", "avro-2-java"), ("data_format", "JSON"),
                           ("compression", "zlib"), ("value", 8), ("value", "7"), ("value", None)):
            self.assertEqual(self.equal({**self.right, key: wrong}), 0, f"{key} {wrong}")

    def test_findings_fail(self):
        findings = Findings(self.stage, "x")
        findings.must_be_none()
        findings.add(self.case, "wrong", record="7")
        with self.assertRaises(Failed):
            findings.must_be_none()
        self.assertIn("wrong", findings.path.read_text(encoding="utf-8"))

    def test_frames_and_lines(self):
        self.assertEqual(payload("0300" + 32 * "0" + "0e"), b"\x0e")
        self.assertEqual(payload("0305" + 32 * "0" + zlib.compress(b"\x0e").hex()), b"\x0e")
        for frame in ("0400" + 32 * "0", "0301" + 32 * "0", ""):
            with self.assertRaises((ValueError, IndexError)):
                payload(frame)
        self.assertEqual(value_text('{"ok":true,"schema_name":"s","value":{"value":1.10}}'), '{"value":1.10}')
        self.assertIsNone(value_text('{"ok":false,"kind":"header","error":"e"}'))


class Refusals(unittest.TestCase):
    """Both sides refuse: for the same reason."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.findings = Findings(SimpleNamespace(folder=Path(folder.name)), "x")

    def test_the_table_has_every_kind(self):
        self.assertEqual(len(kinds.KINDS), 13)
        self.assertEqual(kinds.KINDS["validation"], {"ValidationException", "AvroTypeException", "ClassCastException"})
        self.assertEqual(kinds.KINDS["too_large"], set())
        with self.assertRaises(ValueError):
            kinds.table("## Refusals")

    def test_kinds(self):
        chain = "com.amazonaws.services.schemaregistry.exception.AWSSchemaRegistryException: no <- org.everit.json.schema.ValidationException: #: no"
        self.assertIsNone(kinds.disagreement("validation", chain))
        self.assertIsNotNone(kinds.disagreement("json", chain))
        self.assertIsNotNone(kinds.disagreement(None, chain))
        self.assertIsNotNone(kinds.disagreement("validation", "java.lang.NullPointerException"))
        self.assertIsNone(kinds.disagreement("validation", "java.lang.NoClassDefFoundError: lombok/Lombok"))

    def test_verdicts(self):
        case, java = Json("j", "{}", []), {"error": "org.everit.json.schema.ValidationException: #: e"}
        for told, frame, kind, verdict, found in (("03", "03", None, "taken", 0), (java, None, "validation", "refused", 0), (java, None, "limit", "refused", 1),
                                                  ("03", None, "validation", "differ", 2), (java, "03", None, "differ", 3)):
            self.assertEqual(refusals._compare(case, "{}", told, frame, kind, self.findings), verdict)
            self.assertEqual(len(self.findings.found), found)

    def test_each_refused_line_has_a_kind(self):
        stage = Stage(Path("bin"), self.findings.path.parent, 1)
        case = Json("j", "{}", [])
        for lines, said, wanted in ((["03", ""], "line 2: json: byte 0: no\n", [("03", None), (None, "json")]), (["03", ""], "", None), (["03"], "line 1: json: e\n", None)):
            stage._filter = lambda *_, answer=(lines, said): answer
            if wanted is None:
                with self.assertRaises(Failed):
                    stage.verdicts(case, "s", "NONE", lines)
            else:
                self.assertEqual(stage.verdicts(case, "s", "NONE", lines), wanted)
                self.assertEqual(stage.encode(case, "s", "NONE", lines), ["03", None])


class Values(unittest.TestCase):
    """Drawing ends."""

    def test_endless_types_are_refused(self):
        endless = model.parse({"type": "record", "name": "r", "fields": [{"name": "a", "type": "r"}]})
        with self.assertRaises(values.TooDeep):
            values.Values(random.Random(1)).of(endless)
        with self.assertRaises(values.TooDeep):
            values.least(endless)


if __name__ == "__main__":
    unittest.main()
