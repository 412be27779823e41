"""What can be said of the images and the compose files without an engine: hadolint, Compose's own reading, and each daemon's.

usage: python3 interop/containers/lint.py [--bin DIR]

Every Dockerfile goes through hadolint, every compose file through `docker compose config`, and the command and environment of each service of ours
through that binary's own `validate`. Exit codes: 0 passed, 1 failed, 2 command line, 69 hadolint, Compose or a binary is missing.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "shared")]

import plugins  # noqa: E402
import python_packages  # noqa: E402
from commands import run  # noqa: E402
from daemons import Failed  # noqa: E402
from made import Missing, made_once  # noqa: E402

BUILT = REPOSITORY / "target" / "interop-containers"
REQUIREMENTS = HERE / "requirements.txt"
OURS = "gluestream/"
# Stand-ins are for the day: what Debian has then is what they have.
UNPINNED = "DL3008"
# What a person has to give to compose.aws.yml.
GIVEN = {"BOOTSTRAP_SERVERS": "b-1.example.kafka.us-east-1.amazonaws.com:9098", "AWS_REGION": "us-east-1"}
COMPOSE_FILES = ("docker-compose.yml", "compose.aws.yml")


def hadolint():
    """The path of hadolint, fetched once."""
    environment = BUILT / "python"
    made_once(BUILT, [REQUIREMENTS], environment / "bin" / "hadolint", lambda: python_packages.install(environment, REQUIREMENTS))
    return environment / "bin" / "hadolint"


def compose():
    """The command that Compose is: the client's plug-in, or one that is fetched once."""
    if shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0:
        return ["docker", "compose"]
    kept = BUILT / "docker-compose"
    if not kept.is_file():
        [fetched] = plugins.fetched(["docker-compose"], BUILT / "plugins")
        shutil.copy2(fetched, kept)
    return [str(kept)]


def read(command, name):
    """A compose file as Compose reads it, with all its profiles."""
    environment = {**os.environ, **GIVEN}
    return json.loads(run(*command, "--file", str(REPOSITORY / name), "--profile", "*", "config", "--format", "json", environment=environment))


def validate(binaries, name, service, said):
    """A service of ours: its command is one of the binary's, its environment is one that the binary takes."""
    binary = said["image"].removeprefix(OURS)
    variables = {key: value for key, value in (said.get("environment") or {}).items() if value is not None}
    environment = {"PATH": os.environ["PATH"], "GLUESTREAM_ADMIN__LISTEN": "0.0.0.0:9464", **variables}
    executable = str(binaries / binary)
    for arguments in (["validate"], [*(said.get("command") or []), "--help"]):
        done = subprocess.run([executable, *arguments], capture_output=True, text=True, env=environment, check=False)
        if done.returncode != 0:
            raise Failed(f"{name}: {service}: {binary} {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr.strip()}")


def main():
    """Looks at everything there is; says what it looked at."""
    parser = argparse.ArgumentParser(prog="python3 interop/containers/lint.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=REPOSITORY / "target" / "release", help="folder of the binaries")
    binaries = parser.parse_args().bin.resolve()
    try:
        if missing := [name for name in ("producer", "consumer", "registry-stub") if not (binaries / name).is_file()]:
            raise Missing(f"not in {binaries}: {', '.join(missing)}")
        tool, command = hadolint(), compose()
        files = [REPOSITORY / "Dockerfile", *sorted((HERE / "stand_ins").glob("*.Dockerfile"))]
        run(str(tool), "--no-color", str(files[0]))
        run(str(tool), "--no-color", "--ignore", UNPINNED, *map(str, files[1:]))
        print(f"hadolint: {len(files)} files")
        for name in COMPOSE_FILES:
            services = read(command, name)["services"]
            ours = {service: said for service, said in services.items() if said["image"].startswith(OURS)}
            for service, said in ours.items():
                validate(binaries, name, service, said)
            print(f"{name}: {len(services)} services, the daemons take the settings of {', '.join(ours)}")
    except Missing as missing:
        print(f"containers: {missing}", file=sys.stderr)
        return 69
    except Failed as failed:
        print(f"containers: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
