"""What the steps share: the folder of the run, Terraform in copies of the tree, the provider or its stand-in, and the packages of some steps."""

import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from queue import Queue

import python_packages
import schema
import serve
from daemons import Failed
from made import Missing, made_once

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
INFRA = REPOSITORY / "infra"
ROOTS = ("platform", "app")
# What Terraform reads: itself, and the files that it hands on.
COPIED = ("infra", "schemas", "observe")
LEFT_OUT = shutil.ignore_patterns(".terraform", "*.tfstate", "*.tfstate.*", ".checkov.yaml")
# The state of a copy is a file in it.
BACKEND = 'terraform {\n  backend "local" {}\n}\n'
MADE = schema.MADE / "checks"
REQUIREMENTS = HERE / "requirements.txt"
PYTHON = MADE / "venv" / "bin" / "python"
# Of the caller's environment these would change what is planned.
FOREIGN = re.compile(r"TF_(VAR_|CLI_ARGS|WORKSPACE|DATA_DIR|LOG|REATTACH)|AWS_")
TYPE = re.compile(r'^(?:resource|data) "(aws_\w+)"', re.MULTILINE)
PROVIDERS = schema.MADE / "providers"
TRY_SECONDS, DOWNLOAD_SECONDS = 20, 600
SECONDS = 300
SAID = 300  # signs of what Terraform says, in one line


class Stage:
    """One run. What takes long is made when it is asked for first, and once; `make_plans` makes the plans."""

    def __init__(self, folder, binaries, jobs, must_be_real, make_plans):
        self.folder, self.binaries, self.jobs, self.must_be_real = folder, binaries, jobs, must_be_real
        self._packages, self._plans, self._make_plans = None, None, make_plans

    @property
    def plans(self):
        """All variants with their plans."""
        if self._plans is None:
            self._plans = []
            self._plans = self._make_plans(self)
        if not self._plans:
            raise Failed("there are no plans to look at")
        return self._plans

    @property
    def applied(self):
        """The variants of which everything is known, as they were applied."""
        return [made for made in self.plans if made.variant.is_applied]

    def fetch(self):
        """Begins to fetch the packages beside the first steps."""
        with_one = ThreadPoolExecutor(1)
        self._packages = with_one.submit(made_once, MADE, [REQUIREMENTS], PYTHON, lambda: python_packages.install(MADE / "venv", REQUIREMENTS))
        with_one.shutdown(wait=False)

    def packaged(self, program, *arguments, said=None, allowed=(0,)):
        """What a program that needs the packages prints, as JSON."""
        if self._packages is None:
            self.fetch()
        self._packages.result()
        done = subprocess.run([str(PYTHON), "-B", str(program), *map(str, arguments)], input=json.dumps(said), capture_output=True, text=True, check=False,
                              cwd=self.folder, env=surroundings() | {"HOME": str(self.folder)}, timeout=SECONDS)
        if done.returncode not in allowed:
            raise Failed(f"{Path(program).name} ended with {done.returncode}:\n{done.stderr.strip()[-2000:]}")
        return json.loads(done.stdout)

    def copy(self, name):
        """A copy of the tree, with its state beside it."""
        tree = self.folder / name
        for part in COPIED:
            shutil.copytree(REPOSITORY / part, tree / part, ignore=LEFT_OUT)
        for root in ROOTS:
            (tree / "infra" / root / "backend_override.tf").write_text(BACKEND, encoding="utf-8")
        return tree

    def each(self, function, items):
        """The results for all items in their order, some at a time. All have their turn; then what failed is said."""
        with ThreadPoolExecutor(self.jobs) as pool:
            futures = [pool.submit(function, item) for item in items]
        if failed := [str(future.exception()) for future in futures if isinstance(future.exception(), Failed)]:
            raise Failed("\n".join(failed))
        return [future.result() for future in futures]

    @cached_property
    def real(self):
        """The environment in which Terraform has AWS's provider itself, or None where that cannot be downloaded."""
        PROVIDERS.mkdir(parents=True, exist_ok=True)
        environment = surroundings() | {"TF_PLUGIN_CACHE_DIR": str(PROVIDERS), "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "true"}
        place = Root(self.copy("provider"), ROOTS[0], environment)
        try:
            place.init(DOWNLOAD_SECONDS if self.must_be_real else TRY_SECONDS)
        except Failed as failed:
            if self.must_be_real:
                raise Missing(f"AWS's provider cannot be downloaded: {' '.join(str(failed).split())[:SAID]}") from failed
            return None
        return environment

    @contextmanager
    def pool(self, data=None):
        """As many stand-ins as there are jobs at a time, with values for data sources."""
        with ExitStack() as stack:
            yield Pool([stack.enter_context(stand_in(data)) for _ in range(self.jobs)])

    @contextmanager
    def provider(self, is_whole=True):
        """The environment with the provider or a stand-in, and which of them it is. One that is not whole has only the resources that are used."""
        if self.real:
            yield self.real, "the provider itself"
        else:
            with serve.provider(environment=surroundings()) if is_whole else stand_in() as environment:
                yield environment, "a stand-in for the provider"


@contextmanager
def stand_in(data=None):
    """The environment with a stand-in that knows only what `infra/` uses, and with it is quick."""
    types = {name for file in INFRA.rglob("*.tf") for name in TYPE.findall(file.read_text(encoding="utf-8"))}
    with serve.provider(data, surroundings(), types) as environment:
        yield environment


class Pool:
    """Stand-ins. Each looks like the last configuration that it got, so it is lent to one job at a time."""

    def __init__(self, environments):
        self._free = Queue()
        for environment in environments:
            self._free.put(environment)

    @contextmanager
    def one(self):
        """The environment of one that is free."""
        environment = self._free.get()
        try:
            yield environment
        finally:
            self._free.put(environment)


def surroundings():
    """Our environment, without what would change a plan."""
    kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
    # Terraform computes a lot for a short time: it may use more memory to collect less garbage.
    return {"GOGC": "400", **kept, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}


class Root:
    """Terraform in one root of a copy."""

    def __init__(self, tree, root, environment):
        self.name, self.folder, self.environment = root, tree / "infra" / root, environment

    def run(self, *arguments, allowed=(0,), seconds=SECONDS):
        """Its exit code and what it prints."""
        try:
            done = subprocess.run(["terraform", *map(str, arguments), "-no-color"], cwd=self.folder, env=self.environment, capture_output=True, text=True,
                                  check=False, stdin=subprocess.DEVNULL, timeout=seconds)
        except subprocess.TimeoutExpired as expired:
            raise Failed(f"{self.name}: terraform {arguments[0]} did not end within {seconds} s") from expired
        if done.returncode not in allowed:
            raise Failed(f"{self.name}: terraform {arguments[0]} ended with {done.returncode}:\n{told(done.stderr.strip() or done.stdout)}")
        return done.returncode, done.stdout

    def init(self, seconds=SECONDS):
        """Prepares the root; a state is not needed for it."""
        self.run("init", "-backend=false", seconds=seconds)

    def init_with_state(self):
        """Prepares the root with the state that the copy has."""
        self.run("init", "-reconfigure")

    def diagnostics(self):
        """What `validate` finds, each as Terraform's JSON has it."""
        _, printed = self.run("validate", "-json", allowed=(0, 1))
        return json.loads(printed)["diagnostics"]


def told(text):
    """The end of what Terraform said, without the frames around errors."""
    return "\n".join(line for line in text.translate({ord(sign): None for sign in "╷│╵"}).splitlines() if line.strip())[-3000:]
