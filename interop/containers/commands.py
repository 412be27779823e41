"""Other programs, run to their end."""

import subprocess

from daemons import Failed


def run(*command, input_text=None, environment=None, seconds=600, folder=None):
    """A program to its end; returns what it printed, or fails with what it said."""
    name = " ".join(map(str, command))
    try:
        done = subprocess.run(command, input=input_text, capture_output=True, env=environment, timeout=seconds, cwd=folder, check=False, text=True)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{name} did not end within {seconds} s") from error
    if done.returncode != 0:
        raise Failed(f"{name} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout
