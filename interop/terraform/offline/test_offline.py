"""The parts of the stand-in by themselves. Run by `python3 -m unittest discover -s interop/terraform/offline`; needs neither Terraform nor PyPI."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "shared")]

import javascript  # noqa: E402
import protocol  # noqa: E402
import schema  # noqa: E402
from fakes import Fakes  # noqa: E402
from values import chosen, completed, not_to_be_set, without_write_only  # noqa: E402

COMPUTED = "computed: true, optional: false, required: false"
OPTIONAL = "computed: false, optional: true, required: false"
REQUIRED = "computed: false, optional: false, required: true"
BLOCK = {
    "attributes": {"id": {"type": "string", "computed": True, "optional": True}, "arn": {"type": "string", "computed": True},
                   "secret": {"type": "string", "optional": True, "write_only": True}},
    "block_types": {"part": {"nesting_mode": "list", "block": {"attributes": {"arn": {"type": "string", "computed": True}}, "block_types": {}}}}}
SINGLE_STRUCT, ONLY_STRUCT, LIST_ITEM = "false", "false, 0", "complexObjectIsFromSet, complexObjectIndex"


def plain(name, flags, getter, more=""):
    """An attribute whose getter tells its type."""
    return f"    // {name} - {flags}\n    _{name};{more}\n    get {name}() {{\n        return this.{getter}('{name}');\n    }}\n"


def nested(name, flags, value, *is_set):
    """An attribute whose value has a class."""
    arguments = ", ".join(["this", f'"{name}"', *is_set])
    return f"    // {name} - {flags}\n    _{name} = new {value}({arguments});\n    get {name}() {{\n        return this._{name};\n    }}\n"


def struct(name, place, *attributes):
    """A class of nested structs, and the list of them."""
    start = f"    constructor() {{\n        super(terraformResource, terraformAttribute, {place});\n    }}\n"
    item = f"class {name}OutputReference extends cdktn.ComplexObject {{\n{start}{''.join(attributes)}}}\n"
    return f"{item}class {name}List extends cdktn.ComplexList {{\n    get(index) {{\n        return new {name}OutputReference(this);\n    }}\n}}\n"


def row(name, value, kind, storage):
    """How an attribute is written out."""
    nested_too = "true" if storage[:1].isupper() else "false"
    return f'            {name}: {{\n                value: {value},\n                isBlock: {nested_too},\n' \
        f'                type: "{kind}",\n                storageClassType: "{storage}",\n            }},\n'


def block_of(attributes, *structs, rows=""):
    """The block of a resource, and what is unknown of it."""
    module = javascript.Module()
    module.add("".join(structs) + f"class Thing extends cdktn.TerraformResource {{\n{''.join(attributes)}{rows}}}\n")
    reader = schema.Reader(module, "aws_thing")
    return reader.block(module.top(schema.KINDS)), reader.unknown


class Reading(unittest.TestCase):
    """JavaScript becomes a block."""

    def test_plain_attributes(self):
        write_only = "\n    /**\n    * @deprecated Write-only: never returned\n    */"
        block, unknown = block_of([
            plain("arn", COMPUTED, "getStringAttribute"), plain("size", REQUIRED, "getNumberAttribute"), plain("tags", OPTIONAL, "getStringMapAttribute"),
            plain("secret", OPTIONAL, "getStringAttribute", write_only),
            plain("names", OPTIONAL, "getListAttribute").replace("return this", "return cdktn.Fn.tolist(this")])
        self.assertEqual(unknown, [])
        self.assertEqual(block, {"block_types": {}, "attributes": {
            "arn": {"type": "string", "computed": True}, "size": {"type": "number", "required": True},
            "tags": {"type": ["map", "string"], "optional": True}, "secret": {"type": "string", "optional": True, "write_only": True},
            "names": {"type": ["set", "string"], "optional": True}}})

    def test_a_type_that_only_the_row_tells(self):
        attribute = plain("grid", OPTIONAL, "interpolationForAttribute")
        block, unknown = block_of([attribute], rows=row("grid", "x(this._grid)", "set", "stringListList"))
        self.assertEqual((block["attributes"]["grid"]["type"], unknown), (["set", ["list", "string"]], []))

    def test_what_is_unknown(self):
        for getter, storage in (("interpolationForAttribute", "any"), ("getNumberAttribute", "string")):
            _, unknown = block_of([plain("it", OPTIONAL, getter)], rows=row("it", "x(this._it)", "simple", storage))
            self.assertEqual(unknown, ["aws_thing.it"])

    def test_blocks(self):
        inside = plain("mode", OPTIONAL, "getStringAttribute")
        block, _ = block_of(
            [nested("timeouts", OPTIONAL, "AOutputReference"), nested("only", REQUIRED, "BOutputReference"), nested("many", OPTIONAL, "CList", "false"),
             nested("alike", OPTIONAL, "CList", "true")],
            struct("A", SINGLE_STRUCT, inside), struct("B", ONLY_STRUCT, inside), struct("C", LIST_ITEM, inside))
        within = {"attributes": {"mode": {"type": "string", "optional": True}}, "block_types": {}}
        self.assertEqual(block, {"attributes": {}, "block_types": {
            "timeouts": {"nesting_mode": "single", "block": within}, "only": {"nesting_mode": "list", "min_items": 1, "max_items": 1, "block": within},
            "many": {"nesting_mode": "list", "block": within}, "alike": {"nesting_mode": "set", "block": within}}})

    def test_structs_that_are_no_blocks(self):
        inside = plain("mode", COMPUTED, "getStringAttribute")
        block, _ = block_of(
            [nested("found", COMPUTED, "CList", "false"), nested("settable", OPTIONAL, "CList", "true"), nested("bare", COMPUTED, "AOutputReference")],
            struct("C", LIST_ITEM, inside), struct("A", SINGLE_STRUCT, inside),
            rows=row("settable", "cdktn.listMapperHcl(cToHclTerraform, false)(this._settable)", "set", "CList"))
        kind = ["object", {"mode": "string"}]
        found = {name: attribute["type"] for name, attribute in block["attributes"].items()}
        self.assertEqual(found, {"found": ["list", kind], "settable": ["set", kind], "bare": kind})

    def test_a_struct_within_itself(self):
        block, unknown = block_of([nested("all", OPTIONAL, "CList", "false")], struct("C", LIST_ITEM, nested("not", OPTIONAL, "COutputReference")))
        self.assertEqual(unknown, ["aws_thing.all.not"])
        self.assertEqual(block["block_types"]["all"]["block"]["attributes"], {"not": {"type": "string", "optional": True}})


class Bytes(unittest.TestCase):
    """Messages as protobuf has them."""

    def test_there_and_back(self):
        message = protocol.write({"name": 1, "size": 2, "data": 3}, name="ä", size=300, data=b"")
        self.assertEqual(message, b"\x0a\x02\xc3\xa4\x10\xac\x02\x1a\x00")
        self.assertEqual(protocol.read(("name", "size"), message), {"name": "ä".encode(), "size": 300})

    def test_lists_and_nothing(self):
        self.assertEqual(protocol.write({"items": 2, "flag": 3}, items=["a", "b"], flag=False), b"\x12\x01a\x12\x01b")
        self.assertEqual(protocol.read(("a",), b""), {"a": None})


class Values(unittest.TestCase):
    """Values beside their schema."""

    def test_completed(self):
        value = {"id": "x", "arn": None, "secret": None, "part": [{"arn": None}]}
        done = completed(BLOCK, value, lambda inside: inside is None, lambda name, _: f"?{name}")
        self.assertEqual(done, {"id": "x", "arn": "?arn", "secret": None, "part": [{"arn": "?arn"}]})
        self.assertIsNone(completed(BLOCK, None, None, None))

    def test_not_to_be_set(self):
        value = {"id": "x", "arn": "y", "secret": "z", "part": [{"arn": None}, {"arn": "y"}]}
        self.assertEqual(list(not_to_be_set(BLOCK, value)), [("arn",), ("part", 1, "arn")])

    def test_without_write_only(self):
        self.assertEqual(without_write_only(BLOCK, {"id": "x", "secret": "z", "part": []}), {"id": "x", "secret": None, "part": []})

    def test_chosen(self):
        several = [{"name": "/a", "value": "1"}, {"name": "/b", "value": "2"}]
        self.assertEqual(chosen(several, {"name": "/b", "value": None}), several[1])
        self.assertIsNone(chosen(several, {"name": "/c", "value": None}))
        self.assertEqual(chosen({"value": "1"}, {"name": "/c"}), {"value": "1"})


class MadeUp(unittest.TestCase):
    """What only AWS would know looks like AWS's."""

    def must_be(self, expected, kind, attribute, **value):
        """That is made up for a text of a resource of which so much is known."""
        self.assertEqual(Fakes(kind, value, "0a1b").of(attribute, {"type": "string", "computed": True}), expected)

    def test_arns(self):
        self.must_be("arn:aws:ecs:eu-central-1:000000000000:cluster/orders", "aws_ecs_cluster", "arn", name="orders")
        self.must_be("arn:aws:kafka:eu-central-1:000000000000:cluster/orders/mock-cluster_uuid-0a1b", "aws_msk_cluster", "arn", cluster_name="orders")
        self.must_be("arn:aws:iam::000000000000:role/task", "aws_iam_role", "arn", name="task")
        self.must_be("arn:aws:s3:::logs", "aws_s3_bucket", "arn", bucket="logs")
        self.must_be("arn:aws:ssm:eu-central-1:000000000000:parameter/a/b", "aws_ssm_parameter", "arn", name="/a/b")
        self.must_be("arn:aws:events:eu-central-1:000000000000:x", "aws_cloudwatch_event_bus", "arn", name="x")
        self.must_be("arn:aws:thing:eu-central-1:000000000000:mock-name-0a1b", "aws_thing", "arn")

    def test_others(self):
        self.must_be("vpc-0a1b", "aws_vpc", "id")
        self.must_be("arn:aws:sns:eu-central-1:000000000000:alarms", "aws_sns_topic", "id", name="alarms")
        self.must_be("customer", "aws_glue_schema", "registry_name", registry_arn="arn:aws:glue:eu-central-1:000000000000:registry/customer")
        self.must_be("mock-colour-0a1b", "aws_thing", "colour")

    def test_collections(self):
        fakes = Fakes("aws_vpc_endpoint", {}, "0a1b")
        entries = ["list", ["object", {"dns_name": "string", "port": "number", "is_private": "bool"}]]
        self.assertEqual(fakes.of("dns_entry", {"type": entries}), [{"dns_name": "mock-dns_name-0a1b", "port": 1, "is_private": False}])
        self.assertEqual(fakes.of("names", {"type": ["set", "string"]}), ["mock-name-0a1b"])
        self.assertEqual(fakes.of("names", {"type": ["set", "string"], "optional": True}), [])
        self.assertEqual(fakes.of("tags", {"type": ["map", "string"]}), {})


if __name__ == "__main__":
    unittest.main()
