"""Java and Maven as this machine has them."""

import os
import re
import shutil
import subprocess

from made import Missing

MINIMUM_JAVA = 17


def java():
    """The path of the java command."""
    home = os.environ.get("JAVA_HOME")
    candidate = shutil.which("java", path=f"{home}/bin") if home else None
    found = candidate or shutil.which("java")
    if not found:
        raise Missing(f"java is not installed: Java {MINIMUM_JAVA} or newer is needed (or set JAVA_HOME)")
    return found


def require_java():
    """Checks that Java is there and new enough."""
    said = subprocess.run([java(), "-version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL).stderr
    version = re.search(r'version "(\d+)', said)
    if not version or int(version.group(1)) < MINIMUM_JAVA:
        raise Missing(f"Java {MINIMUM_JAVA} or newer is needed, {java()} says: {said.splitlines()[0] if said else 'nothing'}")


def run(pom, *arguments):
    """Runs Maven quietly on a pom."""
    require_java()
    maven = shutil.which("mvn")
    if not maven:
        raise Missing("mvn is not installed: Maven fetches the jars")
    command = [maven, "-q", "-B", "-ntp", "-f", str(pom), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        reason = "\n".join((done.stdout + done.stderr).strip().splitlines()[:8])
        raise Missing(f"Maven failed on {pom}:\n{reason}")


def copy_jars(pom, target, *goals):
    """Fills the folder `target` with the jars that a pom needs at run time, after other goals of the same call."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    run(pom, *goals, "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={partial}")
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
