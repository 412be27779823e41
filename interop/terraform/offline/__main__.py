"""Terraform with the real schema of the AWS provider, where no provider can be downloaded and nobody has an account.

usage: python3 interop/terraform/offline ARGUMENTS...

Runs `terraform ARGUMENTS...` with a stand-in for the provider: unknown resources and arguments, wrong types, missing and surplus blocks are errors; what
only AWS would know is unknown in a plan and made up by an apply. It knows nothing of allowed values, of arguments that exclude each other, of what
replaces a resource, or of what AWS would say. Only the provider hashicorp/aws is there, and Terraform's own `terraform_data`.
INTEROP_TERRAFORM_DATA may name a file with values for data sources: {"aws_caller_identity": {"account_id": "123456789012"}}.

The exit code is Terraform's, 1 if the stand-in fails, or 69 if Terraform or what the stand-in needs from PyPI is missing.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "shared")]

import serve  # noqa: E402
from daemons import Failed  # noqa: E402
from made import Missing  # noqa: E402

DATA_VARIABLE = "INTEROP_TERRAFORM_DATA"


def data():
    """The values for data sources, if there are any."""
    named = os.environ.get(DATA_VARIABLE)
    return json.loads(Path(named).read_text(encoding="utf-8")) if named else {}


def run(program, arguments, environment):
    """Terraform to its end, also when a signal asks for it: of Ctrl-C it knows by itself."""
    with subprocess.Popen([program, *arguments], env=environment) as process:
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        while True:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                continue
            return code if code >= 0 else 128 - code


def main():
    """Runs it; whatever happens, the provider ends with it."""
    try:
        program = shutil.which("terraform")
        if not program:
            raise Missing("terraform is not installed: version 1.11 or newer is needed")
        with serve.provider(data()) as environment:
            return run(program, sys.argv[1:], environment)
    except Missing as missing:
        print(f"terraform: {' '.join(str(missing).splitlines())}", file=sys.stderr)
        return 69
    except (Failed, OSError, ValueError) as error:
        print(f"terraform: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
