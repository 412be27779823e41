"""The AWS SDK for JavaScript in a folder of its own: fetched once, and the program that uses it."""

import shutil
import subprocess
from pathlib import Path

from made import Missing, made_once

HERE = Path(__file__).resolve().parent
MADE = HERE.parent.parent / "target" / "interop-javascript"
MODULES = MADE / "node_modules"
MINIMUM_NODE = 20


def build():
    """Fetches the packages of package-lock.json, unless it has not changed since."""
    node = _program("node")
    said = _run(node, "--version").strip()
    if int(said.removeprefix("v").partition(".")[0]) < MINIMUM_NODE:
        raise Missing(f"Node.js {MINIMUM_NODE} or newer is needed, {node} is {said}")
    sources = [HERE / name for name in ("package.json", "package-lock.json", ".npmrc")]
    made_once(MADE, sources, MODULES, lambda: _fetch(sources))


def _fetch(sources):
    for source in sources:
        shutil.copyfile(source, MADE / source.name)
    _run(_program("npm"), "ci", "--loglevel=error", cwd=MADE)


def _program(name):
    found = shutil.which(name)
    if not found:
        raise Missing(f"{name} is not installed: Node.js {MINIMUM_NODE} or newer is needed, with npm")
    return found


def _run(*command, cwd=None):
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, cwd=cwd)
    if done.returncode != 0:
        reason = "\n".join((done.stdout + done.stderr).strip().splitlines()[:5])
        raise Missing(f"{' '.join(map(str, command))} failed:\n{reason}")
    return done.stdout


def command(endpoint):
    """The command line of the program that calls every operation, and what it needs in its environment."""
    return [_program("node"), str(HERE / "operations.js"), endpoint], {"NODE_PATH": str(MODULES), "NODE_NO_WARNINGS": "1"}
