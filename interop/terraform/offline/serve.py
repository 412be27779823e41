"""The stand-in for Terraform's AWS provider as a child process, and the environment in which Terraform uses it."""

import json
import os
import subprocess
from contextlib import contextmanager, suppress

import schema
from daemons import Daemon, wait_until
from kept import Kept

ADDRESS = "registry.terraform.io/hashicorp/aws"
START_SECONDS = 60


@contextmanager
def provider(data=None, environment=None, only=None):
    """Runs the stand-in, and gives the environment for any number of `terraform` commands: the one that is given, or ours, and where the provider is.

    `data` has values for data sources by their types: `{"aws_caller_identity": {"account_id": "123456789012"}}`. A list in place of the values has
    several, of which one is chosen that agrees with the configuration: `{"aws_ssm_parameter": [{"name": "/a", "value": "1"}, …]}`. `only` has the types
    that there are: with few of them Terraform is done sooner.
    """
    schema.build()
    # gRPC's own log is not for us: whatever is in the log is about an error.
    surroundings = {**os.environ, "GRPC_VERBOSITY": "NONE"}
    with Kept("gluestream-terraform-") as kept:
        socket = kept.path / "aws.sock"
        files = schema.part(only, kept.path) if only else (schema.SCHEMA, schema.ANSWER)
        arguments = ["-B", str(schema.HERE / "provider.py"), *map(str, files), str(socket)]
        daemon = Daemon(schema.PYTHON, arguments, surroundings, kept.path, stdin=subprocess.PIPE)
        try:
            with suppress(BrokenPipeError):  # it has ended, and the next lines tell why
                daemon.process.stdin.write(json.dumps(data or {}).encode() + b"\n")
                daemon.process.stdin.flush()
            wait_until("the provider is ready", lambda: daemon.must_run() or socket.exists(), START_SECONDS)
            yield {**(os.environ if environment is None else environment), **variables(daemon.process.pid, socket)}
            daemon.must_run()
        finally:
            with suppress(BrokenPipeError):
                daemon.process.stdin.close()
            daemon.kill()
            kept.is_done = daemon.log_path.stat().st_size == 0


def variables(pid, socket):
    """What tells Terraform to take this provider, and nothing from elsewhere."""
    place = {"Protocol": "grpc", "ProtocolVersion": 5, "Pid": pid, "Test": True, "Addr": {"Network": "unix", "String": str(socket)}}
    return {"TF_REATTACH_PROVIDERS": json.dumps({ADDRESS: place}), "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
