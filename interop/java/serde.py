"""The Java program of this folder: built once by Maven, and run as a child process that answers jobs."""

import shutil
from pathlib import Path

import maven
from made import made_once
from worker import Worker

HERE = Path(__file__).resolve().parent
BUILT = HERE.parent.parent / "target" / "interop-java"
JARS = BUILT / "lib"
# Quick to start and with little memory; the bench does without, so that the compiler does what it can.
QUICK = ["-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


def build():
    """Compiles the program and fetches its jars, unless nothing has changed since."""
    pom, sources = HERE / "pom.xml", sorted((HERE / "src").rglob("*.java"))

    def make():
        shutil.rmtree(BUILT / "classes", ignore_errors=True)
        maven.copy_jars(pom, JARS, "compile")

    made_once(BUILT, [pom, *sources], JARS, make)


def start(endpoint, registry, environment, folder, flags=(), compatibility="NONE"):
    """Starts the program against a registry; schemas that it makes have this mode."""
    command = [maven.java(), *flags, "-cp", f"{BUILT / 'classes'}:{JARS}/*", "gluestream.interop.Main", endpoint, registry, compatibility]
    return Worker("java", command, environment, folder)
