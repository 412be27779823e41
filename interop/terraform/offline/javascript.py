"""The JavaScript that cdktn generates for one resource of a provider, read as far as a schema goes.

A struct is a class. A comment above each attribute says whether it is computed, optional or required; its getter says of what type it is. What writes
a struct out as HCL, the class itself or a function of its name, has a row for each attribute that can be set, and says more of it.
"""

import re
from dataclasses import dataclass

CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
WRITER = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"^    // (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n", re.MULTILINE)
ROW = re.compile(r'^ +(\w+): \{\n +value: (.*),\n +isBlock: (true|false),\n +type: "(\w+)",\n +storageClassType: "(\w+)",\n', re.MULTILINE)
GETTER = re.compile(r"return (.*)this\.(\w+)\('\w+'\)")
MEMBER = re.compile(r'= new (cdktn\.|\w+\.|)(\w+)\(this, "\w+"(?:, (true|false))?\)')
ITEM = re.compile(r"return new (?:\w+\.)?(\w+)\(")
FOREIGN = "cdktn."


@dataclass(frozen=True)
class Attribute:
    """One attribute: its flags, and the code of its member and its getter."""

    name: str
    is_computed: bool
    is_optional: bool
    is_required: bool
    code: str

    @property
    def getter(self):
        """The function that gives it, and whether what that gives is a set; None where there is no such call."""
        found = GETTER.search(self.code)
        return found and (found[2], "Fn.tolist(" in found[1])

    @property
    def member(self):
        """The class of its value, whether that is one of cdktn's own, and whether it is a set; None where the value has no class."""
        found = MEMBER.search(self.code)
        return found and (found[2], found[1] == FOREIGN, found[3] == "true")

    @property
    def is_write_only(self):
        """Whether the provider never gives it back."""
        return "@deprecated Write-only" in self.code


@dataclass(frozen=True)
class Row:
    """How an attribute is written out: the code of its value, `list`, `set`, `map`, `struct` or `simple`, and the type of what is in it."""

    value: str
    is_nested: bool
    kind: str
    storage: str


@dataclass(frozen=True)
class Struct:
    """One class: the class that it extends, its attributes by name, and its code."""

    name: str
    base: str
    attributes: dict
    code: str

    @property
    def item(self):
        """The class of what a list or a map of structs holds."""
        return ITEM.search(self.code)[1]

    @property
    def is_bare(self):
        """Whether such a struct stands alone and not as the only one of a list: it is made without a place in one."""
        return "super(terraformResource, terraformAttribute, false);" in self.code


class Module:
    """All the code of one resource; it may be spread over several files."""

    def __init__(self):
        self.structs, self.rows = {}, {}

    def add(self, text):
        """One more file of it."""
        code = text.partition("\n//# sourceMappingURL=")[0]
        for name, base, body in CLASS.findall(code):
            self.structs[name] = Struct(name, base, _attributes(body), body)
            self.rows[name] = _rows(body)
        for name, body in WRITER.findall(code):
            self.rows[name] = _rows(body)

    def top(self, bases):
        """The struct of the resource itself: the one that extends one of these classes. None if there is none."""
        return next((struct for struct in self.structs.values() if struct.base in bases), None)

    def rows_of(self, struct):
        """How a struct's attributes are written out, by name; nothing of those that cannot be set."""
        writer = struct.name[:1].lower() + struct.name[1:].removesuffix("OutputReference")
        return self.rows.get(writer) or self.rows[struct.name]


def constant(struct, name):
    """A text that the class has as a constant or hands on."""
    return re.search(rf"\b{name}(?: =|:) [\"']([^\"']+)[\"']", struct.code)[1]


def writer_of_items(row):
    """The name of the function that writes out the structs in a row's list or set."""
    return re.match(r"cdktn\.listMapperHcl\((\w+)ToHclTerraform, ", row.value)[1]


def _attributes(body):
    parts = COMMENT.split(body)[1:]
    attributes = {}
    for at in range(0, len(parts), 5):
        name, computed, optional, required, code = parts[at:at + 5]
        attributes[name] = Attribute(name, computed == "true", optional == "true", required == "true", code.partition("\n    }\n")[0])
    return attributes


def _rows(body):
    return {name: Row(value, is_nested == "true", kind, storage) for name, value, is_nested, kind, storage in ROW.findall(body)}
