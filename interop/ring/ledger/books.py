"""The ledgers of one scenario, as the checker reads them."""

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(slots=True)
class Stored:
    """One record of the log. A stamp is None where the value is no order of ours."""

    partition: int
    offset: int
    stamp: tuple
    is_sound: bool
    digest: bytes


@dataclass(slots=True)
class Handled:
    """One line of a sink."""

    partition: int
    offset: int
    stamp: tuple
    is_sound: bool


@dataclass(slots=True)
class Letter:
    """One dead letter, by the record that it says it was."""

    partition: int
    offset: int
    digest: bytes


class Sample(NamedTuple):
    """A look: first at what is committed, {partition: offset}, then at how much of each sink and of the dead letters is there."""

    committed: dict
    lines: list
    letters: int = 0


class Run(NamedTuple):
    """A run of the producer: the stamps it was to send, how many its counters say are acknowledged, and whether it came to its end."""

    stamps: list
    acknowledged: int
    is_whole: bool


class Ending(NamedTuple):
    """How a process ended, and how it had to."""

    name: str
    code: int
    wanted: int
    seconds: float
    most_seconds: float


class Total(NamedTuple):
    """A number that a process told and the same number by the ledgers."""

    name: str
    told: float
    counted: float


@dataclass
class Books:
    """All ledgers."""

    stored: list
    sinks: list
    runs: dict
    letters: list = field(default_factory=list)
    samples: list = field(default_factory=list)  # in the order of time
    deaths: list = field(default_factory=list)  # samples taken after a process was killed and before its successor began
    endings: list = field(default_factory=list)
    totals: list = field(default_factory=list)
    most_duplicates: int = None  # None: what was handled and not committed at each death


def digest(key, value):
    """Key and value, each of which may be null, as few bytes."""
    parts = [b"-" if part is None else b"+%d:" % len(part) + part for part in (key, value)]
    return hashlib.blake2b(b"".join(parts), digest_size=8).digest()
