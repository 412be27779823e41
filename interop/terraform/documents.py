"""What the documents and the Dockerfile say that `infra/` has to agree with, read from their texts. Pure."""

import json
import re
import tomllib
from dataclasses import dataclass

LOG_ROW = re.compile(r"^\| (?:error|warn|info) \| `(.+?)` \| ([^|]*) \| ([^|]*) \|", re.MULTILINE)
MARKED = "<!-- {0} -->(.*)<!-- end of {0} -->"
NAME_OF_ROW = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
FILLED_IN, ANY_TEXT = "\0", "*"
EVERYBODY = "all"
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Event:
    """A row of docs/LOGS.md; what a line fills in is one sign in the message."""

    message: str
    services: tuple
    fields: tuple

    def is_from(self, service):
        """Whether this service says it."""
        return service in self.services or EVERYBODY in self.services


def events(text):
    """The rows of docs/LOGS.md."""
    return [Event(re.sub(r"\{[^}]*\}", FILLED_IN, message), tuple(services.split(", ")), tuple(re.findall(r"`(\w+)`", fields)))
            for message, services, fields in LOG_ROW.findall(text)]


def is_said(pattern, event):
    """Whether a text that may begin or end with `*` stands for this message, with `*` for what is filled in or is left out."""
    fixed = pattern.strip(ANY_TEXT)
    if pattern.startswith(ANY_TEXT) and pattern.endswith(ANY_TEXT):
        return fixed in event.message
    if pattern.startswith(ANY_TEXT):
        return event.message.endswith(fixed)
    return event.message.startswith(fixed) if pattern.endswith(ANY_TEXT) else event.message == fixed


def pattern_findings(pattern, service, rows, field=None):
    """What is wrong with a text that is looked for in a service's log; lines have to carry a field if one is looked at as well."""
    if ANY_TEXT in pattern.strip(ANY_TEXT):
        yield f"{pattern!r}: CloudWatch knows {ANY_TEXT} only at either end"
        return
    found = [event for event in rows if event.is_from(service) and is_said(pattern, event) and (not field or field in event.fields)]
    if not found:
        yield f"{pattern!r} is nothing that docs/LOGS.md has of {service}" + (f" with a field {field}" if field else "")
    if len({event.message for event in found}) > 1:
        yield f"{pattern!r} is more than one message of {service}: {'; '.join(event.message.replace(FILLED_IN, '…') for event in found)}"


def marked_names(text, mark):
    """The names in the first column of the table between two markers."""
    found = re.search(MARKED.format(mark), text, re.DOTALL)
    return set(NAME_OF_ROW.findall(found[1])) if found else set()


def anchors(text):
    """What links can lead to within a page: its headings, as Git's hosts write them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


@dataclass(frozen=True)
class Image:
    """What the Dockerfile says of one image."""

    entrypoint: list
    healthcheck: list
    ports: list
    environment: dict


def images(text):
    """The images of the Dockerfile that have an entry point, by name."""
    found = {}
    for stage in re.split(r"^FROM ", text.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        name = stage.splitlines()[0].rpartition(" AS ")[2]
        words = {word: re.findall(rf"^{word} +(.+)$", stage, re.MULTILINE) for word in ("ENTRYPOINT", "HEALTHCHECK", "EXPOSE", "ENV")}
        if words["ENTRYPOINT"]:
            checks = [json.loads(check.partition(" CMD ")[2]) for check in words["HEALTHCHECK"]]
            found[name] = Image(json.loads(words["ENTRYPOINT"][0]), (checks or [[]])[0], [int(port) for port in words["EXPOSE"]],
                                dict(pair.split("=", 1) for line in words["ENV"] for pair in line.split()))
    return found


def settings(text):
    """What `validate` prints: values by their keys. One that is told in words, as it is decided later, is that text."""
    found, section = {}, ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"\[(.+)\]", line):
            section = heading[1]
        elif " = " in line:
            key, _, rest = line.partition(" = ")
            found[f"{section}.{key.replace(chr(34), '')}"] = value_of(rest.rpartition("  # ")[0])
    return found


def value_of(text):
    """A value as TOML has it, or the text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def seconds(text):
    """A duration with its unit."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration")
    return sum(float(number) * UNITS[unit] for number, unit in parts)
