"""Which of our kinds may stand where Java throws which exception: the table of docs/CODEC.md, read as it is."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "CODEC.md"
EXCEPTION = re.compile(r"\b\w+(?:Exception|Error)\b")
# Thrown instead of what was meant to be thrown, for want of a library at run time.
NO_WORD = ("NoClassDefFoundError: lombok/Lombok", "ClassNotFoundException: lombok.Lombok")


def table(page=None):
    """Our kinds, each with the names of Java's classes beside it."""
    text = PAGE.read_text(encoding="utf-8") if page is None else page
    part = text.partition("\n## Refusals\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", part, re.MULTILINE)
    found = {kind: set(EXCEPTION.findall(java)) for kind, java in rows}
    if not any(found.values()):
        raise ValueError(f"{PAGE} has no table of refusals")
    return found


KINDS = table()


def disagreement(kind, error):
    """What is wrong with our kind beside Java's error, an exception with its causes; None where it is right or Java says nothing."""
    if any(word in error for word in NO_WORD):
        return None
    thrown = set(EXCEPTION.findall(error))
    right = {one for one, classes in KINDS.items() if classes & thrown}
    if not right:
        return "Java's exception is none of the table's"
    return None if kind in right else f"our kind is none of {sorted(right)}"
