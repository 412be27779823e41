"""Apache Kafka's jars: resolved once by Maven into a cache folder, with an archive of their loaded classes for quick starts."""

import os
from pathlib import Path

from made import Missing, made_once
from maven import copy_jars, java

__all__ = ["Missing", "archive", "command", "resolve"]

HERE = Path(__file__).resolve().parent
CACHE_VARIABLE = "INTEROP_KAFKA_CACHE"
ARCHIVE_NAME = "classes.jsa"

# C1 only: the right choice for processes that live for seconds or minutes.
JVM_FLAGS = [
    "-Xms64m", "-Xmx384m", "-Xss512k", "-XX:MaxMetaspaceSize=128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError", "-Xlog:cds=off", "-Xlog:cds+dynamic=off",
]


def cache_folder():
    """Where the jars live: the folder that INTEROP_KAFKA_CACHE names, or target/kafka of the repository."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named).resolve() if named else HERE.parent.parent / "target" / "kafka"


def resolve():
    """Makes sure that the jars of pom.xml are in the cache folder; returns their folder. A second call costs nothing."""
    target, pom = cache_folder() / "lib", HERE / "pom.xml"

    def fetch():
        copy_jars(pom, target)
        archive().unlink(missing_ok=True)

    made_once(cache_folder(), [pom], target, fetch)
    return target


def archive():
    """The path of the class-data archive; a JVM ignores it while it is missing or stale."""
    return cache_folder() / ARCHIVE_NAME


def command(main_class, *arguments, flags=(), more=()):
    """The command line that runs a class of the jars, or of more folders. The class path is spelled out and sorted: the archive depends on its order."""
    class_path = ":".join([*(str(jar) for jar in sorted(resolve().glob("*.jar"))), *map(str, more)])
    shared = [] if any("ArchiveClassesAtExit" in flag for flag in flags) else [f"-XX:SharedArchiveFile={archive()}"]
    return [java(), *JVM_FLAGS, *shared, *flags, "-cp", class_path, main_class, *arguments]
