"""A child process that takes jobs as JSON lines and answers each with a JSON line."""

import json
import subprocess

from daemons import Failed


class Worker:
    """One such process. What it says on stderr goes to a file."""

    def __init__(self, name, command, environment, folder):
        self.name, self.log_path = name, folder / f"{name}.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment, encoding="utf-8")

    def try_to(self, **job):
        """Gives a job and waits for its answer, which may be an error."""
        try:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Failed(f"{self.name} has ended; it said:\n{self.log_path.read_text(errors='replace')[-1000:]}")
        return json.loads(line)

    def ask(self, **job):
        """Gives a job and waits for its answer, which must not be an error."""
        answer = self.try_to(**job)
        if "error" in answer:
            raise Failed(f"{self.name} could not do {job['op']} {job.get('name', '')}: {answer['error'][:600]}")
        return answer

    def close(self):
        """Ends it: its input ends, and if that does not help it is killed."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended by itself
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
