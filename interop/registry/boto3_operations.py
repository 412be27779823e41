"""Runs inside the environment with boto3: calls every operation of the schema registry, as an application would.

Argument: the endpoint. Says a line a scenario; exit code 0 when all passed.
"""

import json
import sys
import traceback

import boto3
from botocore.config import Config

MANY = 60
ACCOUNT = "000000000000"
START = f"arn:aws:glue:us-east-1:{ACCOUNT}"


def definition(*fields):
    """An Avro record with these fields."""
    members = [{"name": name, "type": "string", "default": ""} for name in fields]
    return json.dumps({"type": "record", "name": "Order", "fields": members})


def same(what, found, wanted):
    """Fails unless both are the same."""
    if found != wanted:
        raise AssertionError(f"{what}: {found!r} is not {wanted!r}")


def subset(what, found, **wanted):
    """Fails unless the answer has these members."""
    for member, value in wanted.items():
        same(f"{what}: {member}", found.get(member), value)


class Registry:
    """The client, and what each scenario needs."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.glue = self.client("us-east-1")
        self.called = set()

    def client(self, region):
        """A client of a region that notes which operations it calls."""
        glue = boto3.client("glue", region_name=region, endpoint_url=self.endpoint, config=Config(retries={"max_attempts": 1}))
        glue.meta.events.register("before-call.glue", lambda model, **_: self.called.add(model.name))
        return glue

    def refused(self, exception, message, operation, **request):
        """Calls an operation that must fail with this exception of the client and a message that has this in it."""
        try:
            answer = getattr(self.glue, operation)(**request)
        except getattr(self.glue.exceptions, exception) as error:
            same(f"{operation}: status", error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
            if message not in error.response["Error"]["Message"]:
                raise AssertionError(f"{operation}: {error.response['Error']['Message']!r} has no {message!r}") from error
            return
        raise AssertionError(f"{operation} gave {answer!r}")

    def schema(self, registry, name, *, versions=1, compatibility="BACKWARD"):
        """A registry with a schema of so many versions; the schema's id and the versions' ids."""
        self.glue.create_registry(RegistryName=registry)
        made = self.glue.create_schema(
            RegistryId={"RegistryName": registry}, SchemaName=name, DataFormat="AVRO", Compatibility=compatibility, SchemaDefinition=definition("f1"))
        schema, ids = {"RegistryName": registry, "SchemaName": name}, [made["SchemaVersionId"]]
        for number in range(2, versions + 1):
            text = definition(*(f"f{field}" for field in range(1, number + 1)))
            ids.append(self.glue.register_schema_version(SchemaId=schema, SchemaDefinition=text)["SchemaVersionId"])
        return schema, ids


def registries(on):
    """Create, get, update, list, delete."""
    made = on.glue.create_registry(RegistryName="one", Description="", Tags={"a": "b"})
    subset("create", made, RegistryName="one", RegistryArn=f"{START}:registry/one", Description="", Tags={"a": "b"})
    on.glue.update_registry(RegistryId={"RegistryArn": made["RegistryArn"]}, Description="new")
    shown = on.glue.get_registry(RegistryId={"RegistryName": "one"})
    subset("get", shown, Status="AVAILABLE", Description="new")
    same("times are texts", [type(shown[member]) for member in ("CreatedTime", "UpdatedTime")], [str, str])
    on.refused("AlreadyExistsException", "Registry already exists. RegistryName: one", "create_registry", RegistryName="one")
    on.refused("InvalidInputException", "Parameter Name: registryName", "create_registry", RegistryName="a b")
    subset("delete", on.glue.delete_registry(RegistryId={"RegistryName": "one"}), Status="DELETING")
    on.refused("EntityNotFoundException", "Registry is not found. RegistryName: one", "get_registry", RegistryId={"RegistryName": "one"})


def schemas(on):
    """Create, get, update, delete."""
    schema, _ = on.schema("schemas", "s", versions=2)
    arn = f"{START}:schema/schemas/s"
    subset("get", on.glue.get_schema(SchemaId={"SchemaArn": arn}), SchemaCheckpoint=1, LatestSchemaVersion=2, NextSchemaVersion=3,
           SchemaStatus="AVAILABLE", DataFormat="AVRO", Compatibility="BACKWARD")
    on.glue.update_schema(SchemaId=schema, SchemaVersionNumber={"LatestVersion": True}, Compatibility="DISABLED", Description="d")
    subset("updated", on.glue.get_schema(SchemaId=schema), SchemaCheckpoint=2, Compatibility="DISABLED", Description="d")
    on.refused("InvalidInputException", "Compatibility DISABLED does not allow versioning. SchemaId: SchemaId(schemaArn=null, schemaName=s, "
               "registryName=schemas)", "register_schema_version", SchemaId=schema, SchemaDefinition=definition("x"))
    on.refused("AlreadyExistsException", "Schema already exists. SchemaName: s", "create_schema", RegistryId={"RegistryName": "schemas"},
               SchemaName="s", DataFormat="AVRO", Compatibility="NONE", SchemaDefinition=definition())
    on.refused("InvalidInputException", "Schema definition of AVRO data format is invalid: ", "create_schema",
               RegistryId={"RegistryName": "schemas"}, SchemaName="t", DataFormat="AVRO", Compatibility="NONE", SchemaDefinition="{")
    subset("delete", on.glue.delete_schema(SchemaId=schema), SchemaArn=arn, SchemaName="s", Status="DELETING")
    on.refused("EntityNotFoundException", "Schema is not found. RegistryName: schemas", "get_schema", SchemaId=schema)


def versions(on):
    """Register, look up in every way, compare, check, delete."""
    schema, ids = on.schema("versions", "s", versions=4)
    first = definition("f1")
    subset("the same", on.glue.register_schema_version(SchemaId=schema, SchemaDefinition=first), SchemaVersionId=ids[0], VersionNumber=1)
    subset("by id", on.glue.get_schema_version(SchemaVersionId=ids[0]), SchemaDefinition=first, VersionNumber=1, Status="AVAILABLE")
    subset("latest", on.glue.get_schema_version(SchemaId=schema, SchemaVersionNumber={"LatestVersion": True}), SchemaVersionId=ids[3])
    subset("by text", on.glue.get_schema_by_definition(SchemaId=schema, SchemaDefinition=first), SchemaVersionId=ids[0], Status="AVAILABLE")
    on.refused("EntityNotFoundException", "Schema version is not found.", "get_schema_by_definition",
               SchemaId=schema, SchemaDefinition=definition("other"))
    on.refused("EntityNotFoundException", "Schema is not found.", "get_schema_by_definition",
               SchemaId={"RegistryName": "nowhere", "SchemaName": "s"}, SchemaDefinition=first)
    diff = on.glue.get_schema_versions_diff(SchemaId=schema, FirstSchemaVersionNumber={"VersionNumber": 1},
                                            SecondSchemaVersionNumber={"VersionNumber": 2}, SchemaDiffType="SYNTAX_DIFF")
    same("diff", json.loads(diff["Diff"]), [{"op": "add", "path": "/fields/1", "value": {"default": "", "name": "f2", "type": "string"}}])
    same("valid", on.glue.check_schema_version_validity(DataFormat="AVRO", SchemaDefinition=first)["Valid"], True)
    checked = on.glue.check_schema_version_validity(DataFormat="JSON", SchemaDefinition='{"type": "nothing"}')
    same("not valid", (checked["Valid"], bool(checked["Error"])), (False, True))
    on.refused("InvalidInputException", "checkpoint", "delete_schema_versions", SchemaId=schema, Versions="1-2")
    gone = on.glue.delete_schema_versions(SchemaId=schema, Versions="4-5")["SchemaVersionErrors"]
    same("errors", [(item["VersionNumber"], item["ErrorDetails"]["ErrorCode"]) for item in gone], [(5, "EntityNotFoundException")])
    on.refused("EntityNotFoundException", f"Schema version is not found. SchemaVersionId: {ids[3]}", "get_schema_version", SchemaVersionId=ids[3])
    subset("after", on.glue.get_schema(SchemaId=schema), LatestSchemaVersion=3, NextSchemaVersion=5)


def metadata(on):
    """Put, query, remove, and the limit of ten."""
    schema, ids = on.schema("metadata", "s")
    version = {"SchemaId": schema, "SchemaVersionNumber": {"VersionNumber": 1}}
    for number in range(10):
        pair = {"MetadataKey": f"k{number % 5}", "MetadataValue": f"v{number}"}
        put = on.glue.put_schema_version_metadata(**version, MetadataKeyValue=pair)
        subset("put", put, SchemaName="s", RegistryName="metadata", LatestVersion=False, VersionNumber=1, **pair)
    on.refused("ResourceNumberLimitExceededException", "Schema Version Metadata", "put_schema_version_metadata", SchemaVersionId=ids[0],
               MetadataKeyValue={"MetadataKey": "more", "MetadataValue": "v"})
    found = on.glue.query_schema_version_metadata(SchemaVersionId=ids[0], MetadataList=[{"MetadataKey": "k1"}])
    info = found["MetadataInfoMap"]["k1"]
    same("newest first", (info["MetadataValue"], [item["MetadataValue"] for item in info["OtherMetadataValueList"]]), ("v6", ["v1"]))
    pair = {"MetadataKey": "k1", "MetadataValue": "v6"}
    on.glue.remove_schema_version_metadata(SchemaVersionId=ids[0], MetadataKeyValue=pair)
    on.refused("EntityNotFoundException", "Metadata is not found.", "remove_schema_version_metadata", SchemaVersionId=ids[0], MetadataKeyValue=pair)
    on.glue.put_schema_version_metadata(SchemaVersionId=ids[0], MetadataKeyValue=pair)
    on.glue.remove_schema_version_metadata(SchemaVersionId=ids[0], MetadataKeyValue={"MetadataKey": "k0", "MetadataValue": "v0"})
    on.refused("AlreadyExistsException", f"Resource already exist for schema version id: {ids[0]}", "put_schema_version_metadata",
               SchemaVersionId=ids[0], MetadataKeyValue=pair)


def tags(on):
    """Tag, untag, of a registry and of a schema."""
    on.schema("tags", "s")
    for arn in (f"{START}:registry/tags", f"{START}:schema/tags/s"):
        on.glue.tag_resource(ResourceArn=arn, TagsToAdd={"a": "1", "b": ""})
        on.glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])
        same("tags", on.glue.get_tags(ResourceArn=arn)["Tags"], {"b": ""})
    on.refused("EntityNotFoundException", "Registry is not found. RegistryArn: ", "get_tags", ResourceArn=f"{START}:registry/none")
    on.refused("InvalidInputException", "New Tags", "tag_resource", ResourceArn=f"{START}:registry/tags",
               TagsToAdd={str(number): "" for number in range(51)})


def pages(on):
    """Paginators see everything, once and in order."""
    schema, ids = on.schema("pages", "s", versions=MANY)
    for number in range(MANY - 1):
        on.glue.create_schema(RegistryId={"RegistryName": "pages"}, SchemaName=f"t{number:02}", DataFormat="JSON", Compatibility="NONE",
                              SchemaDefinition="{}")
        on.glue.create_registry(RegistryName=f"page-{number:02}")

    def everything(operation, member, name, **request):
        found = [page[member] for page in on.glue.get_paginator(operation).paginate(**request)]
        if len(found) < 3 or max(map(len, found)) > 25:
            raise AssertionError(f"{operation}: pages of {[len(page) for page in found]}")
        return [item[name] for page in found for item in page]

    same("versions", everything("list_schema_versions", "Schemas", "SchemaVersionId", SchemaId=schema), ids[::-1])
    wanted = ["s", *(f"t{number:02}" for number in range(MANY - 1))]
    same("schemas", everything("list_schemas", "Schemas", "SchemaName", RegistryId={"RegistryName": "pages"}), wanted)
    names = everything("list_registries", "Registries", "RegistryName")
    same("registries", (len(names) >= MANY, names), (True, sorted(set(names))))


def regions(on):
    """What is in one region is not in another."""
    _, ids = on.schema("regions", "s")
    elsewhere = on.client("eu-west-1")
    same("registries", elsewhere.list_registries()["Registries"], [])
    try:
        elsewhere.get_schema_version(SchemaVersionId=ids[0])
        raise AssertionError("a version of another region was found")
    except elsewhere.exceptions.EntityNotFoundException:
        pass


def every_operation(on):
    """Nothing was left out."""
    known = on.glue.meta.service_model.operation_names
    ours = {name for name in known if "Schema" in name or "Registr" in name or name in ("GetTags", "TagResource", "UntagResource")}
    same("not called", ours - on.called - {"GetUnfilteredTableMetadata"}, set())


def main():
    """Runs all scenarios; returns the exit code."""
    on, failed = Registry(sys.argv[1]), 0
    for scenario in (registries, schemas, versions, metadata, tags, pages, regions, every_operation):
        try:
            scenario(on)
            print(f"ok    boto3-{scenario.__name__}", flush=True)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is a finding
            failed += 1
            print(f"FAIL  boto3-{scenario.__name__}: {type(error).__name__}: {error}", flush=True)
            traceback.print_exc()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
