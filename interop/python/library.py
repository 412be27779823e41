"""The Python Glue library in an environment of its own: made once, and run as a child process that answers jobs."""

import shutil
import subprocess
import sys
from pathlib import Path

from made import Missing, made_once
from worker import Worker

HERE = Path(__file__).resolve().parent
MADE = HERE.parent.parent / "target" / "interop-python"
PYTHON = MADE / "venv" / "bin" / "python"


def build():
    """Makes the environment, unless requirements.txt has not changed since."""
    requirements = HERE / "requirements.txt"
    made_once(MADE, [requirements], PYTHON, lambda: _make(requirements))


def _make(requirements):
    shutil.rmtree(MADE / "venv", ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(MADE / "venv"))
    _run(str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--requirement", str(requirements))


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        reason = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise Missing(f"the environment of the Python library could not be made:\n{reason}")


def start(endpoint, registry, environment, folder):
    """Starts the program against a registry."""
    return Worker("python", [str(PYTHON), "-B", str(HERE / "driver.py"), endpoint, registry], environment, folder)
