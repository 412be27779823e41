"""Clients that are programs of their own: AWS's SDKs, which call every operation, and moto's tests."""

from pathlib import Path

import library
import sdk
import suite
from stub import environment

BOTO3 = Path(__file__).resolve().parent.parent / "boto3_operations.py"


def boto3(stage):
    """The AWS SDK for Python."""
    library.build()
    stub = stage.stub("boto3")
    count = stage.run([str(library.PYTHON), "-B", str(BOTO3), stub.endpoint], stub)
    return f"every operation, paginators and typed exceptions, in {count} scenarios"


def javascript(stage):
    """The AWS SDK for JavaScript."""
    sdk.build()
    stub = stage.stub("javascript")
    command, surroundings = sdk.command(stub.endpoint)
    count = stage.run(command, stub, surroundings)
    return f"every operation, paginators and typed exceptions, in {count} scenarios"


def moto(stage):
    """moto's tests of its own schema registry."""
    suite.build()
    stub = stage.stub("moto", suite.SETTINGS)
    return suite.run(stub.endpoint, environment(stub.folder), stub.folder)
