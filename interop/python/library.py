"""The Python Glue library in an environment of its own: made once, and run as a child process that answers jobs."""

from pathlib import Path

import python_packages
from made import made_once
from worker import Worker

HERE = Path(__file__).resolve().parent
MADE = HERE.parent.parent / "target" / "interop-python"
PYTHON = MADE / "venv" / "bin" / "python"


def build():
    """Makes the environment, unless requirements.txt has not changed since."""
    requirements = HERE / "requirements.txt"
    made_once(MADE, [requirements], PYTHON, lambda: python_packages.install(MADE / "venv", requirements))


def start(endpoint, registry, environment, folder, compatibility="NONE"):
    """Starts the program against a registry; schemas that it makes have this mode."""
    command = [str(PYTHON), "-B", str(HERE / "driver.py"), endpoint, registry, compatibility]
    return Worker("python", command, environment, folder)
