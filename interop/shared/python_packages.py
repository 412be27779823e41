"""Python packages in an environment of their own, made by pip from a file of pinned requirements."""

import shutil
import subprocess
import sys

from made import Missing


def install(environment, requirements):
    """Makes the environment anew; its Python is `bin/python` in it."""
    shutil.rmtree(environment, ignore_errors=True)
    run(sys.executable, "-m", "venv", str(environment))
    run(str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--requirement", str(requirements))


def run(*command):
    """Runs a command that fetches something."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        reason = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise Missing(f"Python packages cannot be fetched:\n{reason}")
