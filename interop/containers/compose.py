"""The compose file as a project of its own: up, scale, ask, kill, stop, down. Only what could not be pulled is swapped, by an override."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from daemons import Failed, wait_until
from images import health

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PROJECT = "gluestream-containers"
UP_SECONDS = 300
ANSWER_SECONDS = 5


class Compose:
    """The running project. Use as a context manager: it is taken down with its volumes."""

    def __init__(self, engine, folder, swapped, variables):
        self.engine, self.folder = engine, folder
        self.environment = {**engine.environment, **variables}
        self.override = folder / "override.json"
        services = {service: {"image": image, "pull_policy": "never"} for service, image in swapped.items()}
        self.override.write_text(json.dumps({"services": services}, indent=2), encoding="utf-8")
        self.readers = {}

    def __enter__(self):
        self._run("down", "--volumes", "--timeout", "5")
        return self

    def __exit__(self, failure, *_):
        if failure:
            logs = self._try("logs", "--no-color", "--tail", "200")
            (self.folder / "compose.log").write_text(logs, encoding="utf-8")
        self._try("down", "--volumes", "--timeout", "5")

    def _command(self, arguments):
        files = [part for path in (REPOSITORY / "docker-compose.yml", self.override) for part in ("--file", str(path))]
        return ["docker", "compose", "--project-name", PROJECT, "--profile", "observe", "--profile", "chaos", *files, *map(str, arguments)]

    def _run(self, *arguments):
        done = subprocess.run(self._command(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment, text=True, timeout=UP_SECONDS, check=False)
        if done.returncode != 0:
            raise Failed(f"docker compose {' '.join(map(str, arguments))} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
        return done.stdout

    def _try(self, *arguments):
        return subprocess.run(self._command(arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self.environment, text=True, check=False).stdout

    def config(self):
        """What the files say together."""
        return json.loads(self._run("config", "--format", "json"))

    def up(self, *services, scale=None):
        """Starts services and waits until they are healthy."""
        scales = [part for service, count in (scale or {}).items() for part in ("--scale", f"{service}={count}")]
        self._run("up", "--detach", "--no-build", "--wait", *scales, *services)

    def start(self, *services):
        """Starts services that nobody waits for."""
        self._run("up", "--detach", "--no-build", *services)

    def run_once(self, service, settings):
        """A container of its own beside the service, with other settings, to its end."""
        given = [part for key, value in settings.items() for part in ("--env", f"{key}={value}")]
        self._run("run", "--rm", "--no-deps", *given, service)

    def containers(self, service, everyone=False):
        """The ids of a service's containers."""
        return self._run("ps", "--quiet", *(["--all"] if everyone else []), service).split()

    def stop(self, service):
        """SIGTERM to every container of a service, which has to end with 0; returns the seconds that took."""
        containers, began = self.containers(service), time.monotonic()
        self._run("stop", service)
        took = time.monotonic() - began
        for container in containers:
            state = self._inspect(container)["State"]
            if state["ExitCode"] != 0 or state["OOMKilled"]:
                raise Failed(f"{service} ended with {state['ExitCode']} after SIGTERM")
        return took

    def end(self, service, from_index):
        """SIGTERM to those containers of a service that a smaller scale takes away, and waits until all they printed is read."""
        for container in self._by_number(service)[from_index:]:
            self.engine.docker("stop", container)
            self.readers[container][0].wait(60)

    def _by_number(self, service):
        """A service's containers, in the order in which a smaller scale keeps them."""
        number = "com.docker.compose.container-number"
        return sorted(self.containers(service), key=lambda container: int(self._inspect(container)["Config"]["Labels"][number]))

    def kill(self, container):
        """SIGKILL to its process, as a crash; the engine starts it again by itself."""
        before = self._inspect(container)
        if self.engine.daemon:
            os.kill(before["State"]["Pid"], signal.SIGKILL)
        else:
            self.engine.docker("kill", container)
            self.engine.docker("start", container)

        def is_back():
            state = self._inspect(container)["State"]
            return state["Running"] and state["StartedAt"] != before["State"]["StartedAt"] and health(self.engine, container) == "healthy"

        wait_until("the killed container is back", is_back, 60)
        # Who follows a container's output stops with it; the next one begins at the beginning.
        self.readers.pop(container, None)

    def _inspect(self, container):
        [found] = json.loads(self.engine.docker("inspect", container))
        return found

    def limits(self, container):
        """Memory in bytes, whether the root is read-only, and the capabilities that are taken."""
        host = self._inspect(container)["HostConfig"]
        return host["Memory"], host["ReadonlyRootfs"], host["CapDrop"]

    def address(self, service, port, index=1):
        """Where a service's port is on this machine."""
        return self._run("port", "--index", index, service, port).strip()

    @staticmethod
    def get(address, path):
        """What is answered there."""
        try:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=ANSWER_SECONDS) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise Failed(f"{address} answers {path} with {error.code}") from error

    def read_output(self, service):
        """Keeps what each container of a service prints from now on, those too that are removed later."""
        for container in self.containers(service):
            if container not in self.readers:
                path = self.folder / f"{service}-{len(list(self.folder.glob('*.out')))}.out"
                with open(path, "wb") as out:
                    reader = subprocess.Popen(["docker", "logs", "--follow", container], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL, env=self.environment)
                self.readers[container] = (reader, path)

    def output(self):
        """All whole lines that were printed, by container."""
        texts = (path.read_text(encoding="utf-8") for _, path in self.readers.values())
        return [text[: text.rfind("\n") + 1].splitlines() for text in texts]

    def end_reading(self):
        """Waits until the readers of ended containers have everything."""
        for reader, _ in self.readers.values():
            reader.wait(30)
