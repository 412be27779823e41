"""The Java serde and the Python library as producers that register their own schemas: what is missing is made, what fits is taken,
what does not fit is refused, and each says so in its own words."""

import json
from functools import partial
from uuid import UUID

import library
import serde
from daemons import Failed, wait_until
from evolution import AVRO, JSON, PROTOBUF

REGISTRY = "customer"
# The serde waits 3 s once, then asks ten times without a pause: with so slow an answer it meets a version that is pending, and then is not.
PENDING_SECONDS = 5
PENDING = {"pending_ms": PENDING_SECONDS * 1000, "faults.slow.operations": "GetSchemaVersion", "faults.slow.latency": "400ms"}
FOR_GOOD = {"pending_ms": 600_000}


class Producer:
    """One library with one evolution on one stub."""

    def __init__(self, stub, worker, evolution, value):
        self.stub, self.worker, self.evolution, self.value = stub, worker, evolution, value
        self.name = f"orders-{evolution.format.lower()}"

    def _try(self, version, more):
        job = {"format": self.evolution.format, "message": self.evolution.message, "schema": version.definition, "name": self.name,
               "compression": "NONE", "values": [self.value(version)], **more}
        answer = self.worker.try_to(op="serialize", **job)
        return answer["values"][0] if "values" in answer else answer

    def write(self, version, **more):
        """A frame of a record of this version."""
        frame = self._try(version, more)
        if isinstance(frame, dict):
            raise Failed(f"{self.name}: not written: {frame['error']}")
        return frame

    def refused(self, version, *texts, **more):
        """The record of this version must not become a frame; the library's error has all of these texts."""
        frame = self._try(version, more)
        if not isinstance(frame, dict):
            raise Failed(f"{self.name}: written, though it should be refused with {texts}")
        for text in texts:
            if text not in frame["error"]:
                raise Failed(f"{self.name}: the error has no {text!r}: {frame['error']}")

    def reads(self, frame, version, **more):
        """The library reads the frame as the record that was written."""
        found = self.worker.ask(op="deserialize", format=self.evolution.format, name=self.name, values=[frame], **more)["values"][0]
        wanted = self.value(version)
        if self.evolution.message:
            wanted = f"{self.evolution.message} {wanted}"
        same(f"{self.name}: what was read", _plain(found), _plain(wanted))

    def version(self, frame):
        """What the registry says about the version that a frame names."""
        return self.stub.glue("GetSchemaVersion", {"SchemaVersionId": str(UUID(bytes=bytes.fromhex(frame)[2:18]))})

    def schema(self, registry=REGISTRY):
        """What the registry says about the schema."""
        return self.stub.glue("GetSchema", {"SchemaId": {"RegistryName": registry, "SchemaName": self.name}})

    def failed(self):
        """The id of the one version that failed."""
        listed = self.stub.glue("ListSchemaVersions", {"SchemaId": {"RegistryName": REGISTRY, "SchemaName": self.name}})["Schemas"]
        ids = [version["SchemaVersionId"] for version in listed if version["Status"] == "FAILURE"]
        same(f"{self.name}: failed versions", len(ids), 1)
        return ids[0]


def _plain(text):
    """JSON without its spaces; other text as it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def same(what, found, wanted):
    """Fails unless both are the same."""
    if found != wanted:
        raise Failed(f"{what}: {found!r}, not {wanted!r}")


def java(stage):
    """The Java serde, with each format."""
    serde.build()
    for done in [stage.pool.submit(_java, stage, evolution) for evolution in (AVRO, JSON, PROTOBUF)]:
        done.result()
    return "AVRO, JSON, PROTOBUF: registers, evolves, is refused, waits while a version is pending"


def _java(stage, evolution):
    stub = stage.stub(f"java-{evolution.format.lower()}")
    worker = stage.worker(partial(serde.start, flags=serde.QUICK, compatibility="BACKWARD"), stub, REGISTRY)
    on = Producer(stub, worker, evolution, lambda version: version.java)
    _nothing_is_there(on)
    _evolution(on)
    _refusal(on)
    stub.kill()
    stub.settings = PENDING
    stub.start()
    _pending(on)
    stub.kill()
    stub.settings = FOR_GOOD
    stub.start()
    _pending_for_good(on)


def _nothing_is_there(on):
    """A registry of a name has to be there, the default one is made; the schema is made with all that the serde gives it."""
    on.refused(on.evolution.first, f"Create schema :: Call failed when creating the schema with the schema registry for schema name = {on.name}",
               f"Registry is not found. RegistryName: {REGISTRY}")
    frame = on.write(on.evolution.first, registry="default-registry")
    on.reads(frame, on.evolution.first, registry="default-registry")
    same("default-registry", on.schema("default-registry")["LatestSchemaVersion"], 1)
    on.stub.glue("CreateRegistry", {"RegistryName": REGISTRY})
    frame = on.write(on.evolution.first)
    made = on.schema()
    same("made", [made[key] for key in ("DataFormat", "Compatibility", "Description", "SchemaStatus", "LatestSchemaVersion")],
         [on.evolution.format, "BACKWARD", f"DEFAULT-DESCRIPTION-us-east-1-{REGISTRY}", "AVAILABLE", 1])
    told = on.stub.glue("QuerySchemaVersionMetadata", {"SchemaVersionId": on.version(frame)["SchemaVersionId"]})["MetadataInfoMap"]
    same("metadata", {key: info["MetadataValue"] for key, info in told.items()}, {"x-amz-meta-transport": on.name})


def _evolution(on):
    """A version that fits is taken; records of both are written and read side by side."""
    first, second = on.write(on.evolution.first), on.write(on.evolution.second)
    for number, frame in ((1, first), (2, second), (1, on.write(on.evolution.first))):
        found = on.version(frame)
        same("version", (found["VersionNumber"], found["Status"]), (number, "AVAILABLE"))
    on.reads(second, on.evolution.second)
    on.reads(first, on.evolution.first)


def _refusal(on):
    """A version that does not fit fails for the serializer, then and later; the one before still goes."""
    on.refused(on.evolution.refused, "Register schema :: Call failed when registering the schema with the schema registry for schema name = "
               f"{on.name}", "Schema evolution check failed. schemaVersionId ", " is in FAILURE status.")
    identity = on.failed()
    on.refused(on.evolution.refused, "Schema Found but status is FAILURE")
    same("latest", on.schema()["LatestSchemaVersion"], 2)
    same("number", on.version(on.write(on.evolution.second))["VersionNumber"], 2)
    same("failed", on.stub.glue("GetSchemaVersion", {"SchemaVersionId": identity})["Status"], "FAILURE")


def _pending(on):
    """The serializer waits for a verdict that takes its time, whichever it is; a version that it finds pending it does not wait for."""
    on.name = f"pending-{on.evolution.format.lower()}"
    first = on.write(on.evolution.first)
    wait_until("the first version is available", lambda: on.version(first)["Status"] == "AVAILABLE", PENDING_SECONDS * 3)
    before = _polls(on)
    second = on.write(on.evolution.second)
    if _polls(on) - before < 2:
        raise Failed(f"{on.name}: the serde asked {_polls(on) - before} times about its version")
    same("version", (on.version(second)["VersionNumber"], on.version(second)["Status"]), (2, "AVAILABLE"))
    on.reads(second, on.evolution.second)
    on.refused(on.evolution.refused, "Schema evolution check failed. schemaVersionId ", " is in FAILURE status.")
    on.failed()


def _polls(on):
    return on.stub.daemon.metric("stub_requests_total", operation="GetSchemaVersion")


def _pending_for_good(on):
    """The serializer gives up, and says that it found the version pending when it is asked again."""
    on.name = f"orders-{on.evolution.format.lower()}"
    third = on.evolution.second._replace(definition=on.evolution.second.definition.replace("is_prime", "is_gift"),
                                         java=on.evolution.second.java.replace("is_prime", "is_gift").replace("isPrime", "isGift"))
    on.refused(third, "Retries exhausted for schema evolution check for schemaVersionId = ")
    on.refused(third, "Schema Found but status is PENDING")
    same("number", on.version(on.write(on.evolution.second))["VersionNumber"], 2)


def python(stage):
    """The Python library, with its two formats."""
    library.build()
    for done in [stage.pool.submit(_python, stage, evolution) for evolution in (AVRO, JSON)]:
        done.result()
    return "AVRO, JSON: registers, evolves, is refused"


def _python(stage, evolution):
    stub = stage.stub(f"python-{evolution.format.lower()}")
    worker = stage.worker(partial(library.start, compatibility="BACKWARD"), stub, REGISTRY)
    on = Producer(stub, worker, evolution, lambda version: version.python)
    on.refused(on.evolution.first, f"SchemaRegistryException: Create schema {on.name} failed",
               f"EntityNotFoundException: An error occurred (EntityNotFoundException) when calling the CreateSchema operation: "
               f"Registry is not found. RegistryName: {REGISTRY}")
    stub.glue("CreateRegistry", {"RegistryName": REGISTRY})
    same("made", on.version(on.write(on.evolution.first))["VersionNumber"], 1)
    same("mode", on.schema()["Compatibility"], "BACKWARD")
    _evolution(on)
    on.refused(on.evolution.refused, "SchemaRegistryException: Register schema :: Call failed when registering the schema with the schema "
               f"registry for schema name = {on.name}", "SchemaRegistryException: Schema evolution check failed. schemaVersionId ")
    on.refused(on.evolution.refused, "SchemaRegistryException: Exception occurred while fetching or registering schema definition = ",
               "Schema Found but status is FAILURE")
    identity = on.failed()
    same("failed", stub.glue("GetSchemaVersion", {"SchemaVersionId": identity})["Status"], "FAILURE")
    same("number", on.version(on.write(on.evolution.second))["VersionNumber"], 2)
