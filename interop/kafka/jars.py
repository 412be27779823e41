"""Apache Kafka's jars: resolved once by Maven into a cache folder, with an archive of their loaded classes for quick starts."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE_VARIABLE = "INTEROP_KAFKA_CACHE"
MINIMUM_JAVA = 17
ARCHIVE_NAME = "classes.jsa"

# C1 only: the right choice for processes that live for seconds or minutes.
JVM_FLAGS = [
    "-Xms64m", "-Xmx384m", "-Xss512k", "-XX:MaxMetaspaceSize=128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError", "-Xlog:cds=off", "-Xlog:cds+dynamic=off",
]


class Missing(Exception):
    """Something this machine has to supply is not there: Java, Maven, or the repository of the jars."""


def cache_folder():
    """Where the jars live: the folder that INTEROP_KAFKA_CACHE names, or target/kafka of the repository."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named).resolve() if named else HERE.parent.parent / "target" / "kafka"


def java():
    """The path of the java command."""
    home = os.environ.get("JAVA_HOME")
    candidate = shutil.which("java", path=f"{home}/bin") if home else None
    found = candidate or shutil.which("java")
    if not found:
        raise Missing(f"java is not installed: a real Kafka needs Java {MINIMUM_JAVA} or newer (or set JAVA_HOME)")
    return found


def require_java():
    """Checks that Java is there and new enough."""
    said = subprocess.run([java(), "-version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL).stderr
    version = re.search(r'version "(\d+)', said)
    if not version or int(version.group(1)) < MINIMUM_JAVA:
        raise Missing(f"Java {MINIMUM_JAVA} or newer is needed, {java()} says: {said.splitlines()[0] if said else 'nothing'}")


@contextmanager
def _locked(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy_jars(target):
    maven = shutil.which("mvn")
    if not maven:
        raise Missing("mvn is not installed: Maven fetches the jars of Apache Kafka")
    partial = target.with_name("lib.partial")
    shutil.rmtree(partial, ignore_errors=True)
    copy = [maven, "-q", "-B", "-ntp", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies",
            "-DincludeScope=runtime", f"-DoutputDirectory={partial}"]
    done = subprocess.run(copy, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0 or not partial.is_dir():
        reason = "\n".join((done.stdout + done.stderr).strip().splitlines()[:5])
        raise Missing(f"Maven could not fetch the jars of Apache Kafka:\n{reason}")
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def resolve():
    """Makes sure that the jars of pom.xml are in the cache folder; returns their folder. A second call costs nothing."""
    cache = cache_folder()
    wanted = hashlib.sha256((HERE / "pom.xml").read_bytes()).hexdigest()
    stamp, target = cache / "pom.sha256", cache / "lib"
    with _locked(cache):
        if not (target.is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted):
            require_java()
            _copy_jars(target)
            (cache / ARCHIVE_NAME).unlink(missing_ok=True)
            stamp.write_text(wanted, encoding="utf-8")
    return target


def archive():
    """The path of the class-data archive; a JVM ignores it while it is missing or stale."""
    return cache_folder() / ARCHIVE_NAME


def command(main_class, *arguments, flags=()):
    """The command line that runs a class of the jars. The class path is spelled out and sorted: the archive depends on its order."""
    class_path = ":".join(str(jar) for jar in sorted(resolve().glob("*.jar")))
    shared = [] if any("ArchiveClassesAtExit" in flag for flag in flags) else [f"-XX:SharedArchiveFile={archive()}"]
    return [java(), *JVM_FLAGS, *shared, *flags, "-cp", class_path, main_class, *arguments]
