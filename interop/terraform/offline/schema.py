"""The schema of Terraform's AWS provider, rebuilt from what a PyPI package carries: cdktn's classes, generated from the real schema.

It is made once, under target/, and again when one of these files changes. In it stand, for every resource, data source and ephemeral resource, the
attributes with their types and flags and the nested blocks with their bounds, in the words of `terraform providers schema -json`; and as
`unknown` the few attributes that the classes do not tell enough of.
"""

import json
import tarfile
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import javascript
import protocol
import python_packages
from daemons import Failed
from made import Missing, made_once

HERE = Path(__file__).resolve().parent
MADE = HERE.parents[2] / "target" / "interop-terraform"
REQUIREMENTS, SOURCE = HERE / "requirements.txt", HERE / "source.txt"
ENVIRONMENT = MADE / "packages" / "venv"
PYTHON = ENVIRONMENT / "bin" / "python"
PACKAGE, VERSION = SOURCE.read_text(encoding="ascii").strip().split("==")
WHEEL = MADE / "wheel" / f"{PACKAGE.replace('-', '_')}-{VERSION}-py3-none-any.whl"
SCHEMA, ANSWER = MADE / "schema" / "schema.json", MADE / "schema" / "answer.bin"
MOST_UNKNOWN = 9

KINDS = {
    "TerraformResource": "resource_schemas", "TerraformDataSource": "data_source_schemas", "TerraformEphemeralResource": "ephemeral_resource_schemas",
    "TerraformProvider": "provider",
}
GETTERS = {
    "getStringAttribute": "string", "getNumberAttribute": "number", "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"], "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"], "getNumberMapAttribute": ["map", "number"], "getBooleanMapAttribute": ["map", "bool"],
}
PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool"}
COLLECTIONS = {"List": "list", "Map": "map"}
# cdktn gives every provider one; Terraform takes it before the provider does.
NOT_THE_PROVIDERS = "alias"
# In front of the name of a type where it is no resource's.
PREFIXES = {"TerraformResource": "", "TerraformDataSource": "data.", "TerraformEphemeralResource": "ephemeral."}


@dataclass(frozen=True)
class Nested:
    """Structs in a struct: how they stand there, the class of one, and how many there may be (0: any number)."""

    mode: str
    struct: javascript.Struct
    most: int


class Reader:
    """Makes the block of one module's resource. `unknown` collects the paths of attributes of which the type is not known: texts stand for them."""

    def __init__(self, module, name):
        self.module, self.name, self.unknown = module, name, []

    def block(self, struct, path=(), around=()):
        """The block that a struct stands for; `around` are those that it is nested in. A struct that is nested in itself has no end: it is unknown."""
        attributes, block_types = {}, {}
        around = (*around, struct.name)
        for name, attribute, row in self._attributes(struct):
            nested = self._nested(attribute)
            if nested and nested.struct.name not in around and is_block(attribute, nested, row):
                block_types[name] = {**bounds(nested, attribute.is_required), "block": self.block(nested.struct, (*path, name), around)}
            else:
                attributes[name] = {"type": self._type(attribute, row, (*path, name), around), **flags(attribute)}
        return {"attributes": attributes, "block_types": block_types}

    def _attributes(self, struct):
        """The attributes of a struct, each with its name and its row, which is None for what cannot be set."""
        rows = self.module.rows_of(struct)
        return [(name, attribute, rows.get(name)) for name, attribute in struct.attributes.items()]

    def _nested(self, attribute):
        """What is nested here, if anything is."""
        name, is_foreign, is_set = attribute.member or (None, True, False)
        if is_foreign:
            return None
        struct = self.module.structs[name]
        if struct.base == "ComplexObject":
            return Nested("single", struct, 1) if struct.is_bare else Nested("list", struct, 1)
        mode = "map" if struct.base == "ComplexMap" else "set" if is_set else "list"
        return Nested(mode, self.module.structs[struct.item], 0)

    def _type(self, attribute, row, path, around):
        """The type of an attribute."""
        nested = self._nested(attribute)
        if nested and nested.struct.name not in around:
            around = (*around, nested.struct.name)
            fields = {name: self._type(field, row, (*path, name), around) for name, field, row in self._attributes(nested.struct)}
            return ["object", fields] if nested.mode == "single" else [nested.mode, ["object", fields]]
        told = [found for found in (type_that_getter_tells(attribute), row and type_that_row_tells(row)) if found]
        if not told or told[0] != told[-1]:
            self.unknown.append(".".join((self.name, *path)))
            return "string"
        return told[0]


def is_block(attribute, nested, row):
    """Whether nested structs are blocks. What is computed cannot be; nor are maps, and lists whose row says so."""
    return not attribute.is_computed and nested.mode != "map" and not (row and ", false)(" in row.value)


def bounds(nested, is_required):
    """How blocks are nested, and how many there have to be and may be."""
    least = {"min_items": 1} if is_required else {}
    if nested.mode == "single":
        return {"nesting_mode": "single", **({**least, "max_items": 1} if least else {})}
    return {"nesting_mode": nested.mode, **least, **({"max_items": nested.most} if nested.most else {})}


def flags(attribute):
    """What may be done with an attribute: only what is so is named."""
    told = {"computed": attribute.is_computed, "optional": attribute.is_optional, "required": attribute.is_required, "write_only": attribute.is_write_only}
    return {name: True for name, is_so in told.items() if is_so}


def type_that_getter_tells(attribute):
    """The type that the getter's function gives, or a class of cdktn's own."""
    if attribute.member:
        name, is_foreign, _ = attribute.member
        return type_of_storage(name[:1].lower() + name[1:]) if is_foreign else None
    function, is_set = attribute.getter or (None, False)
    found = GETTERS.get(function)
    return ["set", found[1]] if found and is_set else found


def type_that_row_tells(row):
    """The type that an attribute is written out as; None for `any`."""
    found = type_of_storage(row.storage)
    return ["set", found[1]] if found and row.kind == "set" else found


def type_of_storage(storage):
    """A type of cdktn's, such as `stringListMap`, as one of Terraform's, here a map of lists of texts."""
    for suffix, collection in COLLECTIONS.items():
        if storage.endswith(suffix):
            items = type_of_storage(storage.removesuffix(suffix))
            return items and [collection, items]
    return PRIMITIVES.get(storage)


def provider_block(module, rows):
    """The provider's own block. Its structs have no classes: all that is known of them is how they are written out. All may be left away."""
    attributes, block_types = {}, {}
    for name, row in rows.items():
        if row.is_nested:
            block = provider_block(module, module.rows[javascript.writer_of_items(row)])
            block_types[name] = {"nesting_mode": row.kind, "block": block}
        elif name != NOT_THE_PROVIDERS:
            attributes[name] = {"type": type_that_row_tells(row), "optional": True}
    return {"attributes": attributes, "block_types": block_types}


def modules(wheel):
    """The modules in the wheel, by their folders: its npm package is inside."""
    found = defaultdict(javascript.Module)
    with zipfile.ZipFile(wheel) as packed:
        [package] = [name for name in packed.namelist() if name.endswith(".jsii.tgz")]
        with packed.open(package) as zipped, tarfile.open(fileobj=zipped, mode="r|gz") as archive:
            for member in archive:
                place = Path(member.name).parts[1:]
                if place[:1] == ("lib",) and len(place) > 2 and member.name.endswith(".js"):
                    found[place[1]].add(archive.extractfile(member).read().decode())
    return found


def rebuilt(wheel):
    """The whole schema that a wheel carries."""
    schema = {"provider_version": None, "unknown": [], **{kind: {} for kind in KINDS.values()}}
    for _, module in sorted(modules(wheel).items()):
        top = module.top(KINDS)
        if not top:
            continue
        schema["provider_version"] = javascript.constant(top, "providerVersion")
        if top.base == "TerraformProvider":
            schema["provider"] = provider_block(module, module.rows_of(top))
            continue
        name = javascript.constant(top, "tfResourceType")
        reader = Reader(module, PREFIXES[top.base] + name)
        schema[KINDS[top.base]][name] = reader.block(top)
        schema["unknown"] += reader.unknown
    if len(schema["unknown"]) > MOST_UNKNOWN:
        raise Failed(f"{len(schema['unknown'])} attributes of {wheel.name} are not understood, {MOST_UNKNOWN} may be: {' '.join(schema['unknown'])}")
    return schema


def build():
    """Makes the schema, and the Python that serves it, unless nothing has changed since. A second call costs nothing."""
    made_once(ENVIRONMENT.parent, [REQUIREMENTS], PYTHON, lambda: python_packages.install(ENVIRONMENT, REQUIREMENTS))
    made_once(WHEEL.parent, [SOURCE], WHEEL, _fetch)
    made_once(SCHEMA.parent, [SOURCE, *(HERE / name for name in ("javascript.py", "protocol.py", "schema.py"))], ANSWER, _write)


def _fetch():
    for old in WHEEL.parent.glob("*.whl"):
        old.unlink()
    command = [str(PYTHON), "-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "--dest", str(WHEEL.parent), "--requirement", str(SOURCE)]
    python_packages.run(*command)
    if not WHEEL.is_file():
        raise Missing(f"PyPI has no {WHEEL.name}")


def part(types, folder):
    """The two files with nothing but these types, written into the folder; what is no type is left out."""
    whole = json.loads(SCHEMA.read_text(encoding="utf-8"))
    kept = {base: {name: block for name, block in whole[base].items() if name in types} for base in map(KINDS.get, PREFIXES)}
    return _save({**whole, **kept}, folder / SCHEMA.name, folder / ANSWER.name)


def _write():
    _save(rebuilt(WHEEL), SCHEMA, ANSWER)


def _save(schema, text, answer):
    text.write_text(json.dumps(schema, separators=(",", ":")), encoding="utf-8")
    answer.write_bytes(protocol.schema_answer(schema))
    return text, answer


def require(types):
    """Fails unless everything about these types is known: `aws_vpc`, `data.aws_region`, `ephemeral.aws_kms_secrets`."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    known = {prefix + name for base, prefix in PREFIXES.items() for name in schema[KINDS[base]]}
    if strange := sorted(set(types) - known):
        raise Failed(f"AWS provider {schema['provider_version']} has no {', '.join(strange)}")
    if unclear := [path for path in schema["unknown"] if path.startswith(tuple(f"{name}." for name in types))]:
        raise Failed(f"it is not known what AWS provider {schema['provider_version']} takes for {', '.join(unclear)}")
