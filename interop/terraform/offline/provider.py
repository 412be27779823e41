"""Stands in for Terraform's AWS provider: serves its schema on a unix socket, plans what the schema allows, and makes up what only AWS would know.

usage: python provider.py SCHEMA ANSWER SOCKET

Runs inside the environment with gRPC. SCHEMA is the schema as JSON, ANSWER the same as the bytes that Terraform asks for. The first line on stdin is
what data sources give, as JSON; the end of stdin ends it. It never calls AWS. Several provider configurations at a time look like the last of them.
"""

import hashlib
import json
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import msgpack

import protocol
from fakes import ACCOUNT, REGION, Fakes, data_sources
from values import chosen, completed, not_to_be_set, without_write_only

UNKNOWN = msgpack.ExtType(0, b"\0")
THREADS = 4
DIGITS = 17  # of an id in EC2
UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


def is_missing(value):
    """Whether there is no value."""
    return value is None


def is_open(value):
    """Whether there is no value, or one that is not known."""
    return value is None or isinstance(value, msgpack.ExtType)


def unpacked(data):
    """The value in a `DynamicValue`."""
    value = protocol.read(protocol.DYNAMIC_VALUE, data)
    return msgpack.unpackb(value["msgpack"]) if value["msgpack"] else json.loads(value["json"] or "null")


def packed(value):
    """A value as a `DynamicValue`."""
    return protocol.write(protocol.DYNAMIC_VALUE, msgpack=msgpack.packb(value))


class Provider:
    """One method for each procedure that is more than an empty answer; it takes the fields of the request and gives those of the answer."""

    def __init__(self, schema, given):
        self.schema, self.given = schema, given
        self.account = given_to_all(given, "aws_caller_identity").get("account_id", ACCOUNT)
        self.region, self.default_tags = REGION, {}
        for kind, values in given.items():
            self._check(kind, values)

    def _check(self, kind, given):
        block = self.schema["data_source_schemas"].get(kind)
        if not block:
            sys.exit(f"there is no data source {kind}")
        for values in [given] if isinstance(given, dict) else given:
            if strange := sorted(set(values) - set(block["attributes"]) - set(block["block_types"])):
                sys.exit(f"the data source {kind} has no {', '.join(strange)}")

    def prepare(self, request):
        """Takes any configuration of the provider."""
        return {"prepared_config": request["config"]}

    def configure(self, request):
        """Keeps what resources show of the provider's configuration."""
        config = unpacked(request["config"])
        self.region = config["region"] if isinstance(config["region"], str) else REGION
        self.default_tags = {}
        for block in config["default_tags"]:
            self.default_tags |= block["tags"] if isinstance(block["tags"], dict) else {}
        return {}

    def validate_resource(self, request):
        """Finds attributes that only AWS gives a value."""
        return self._validate("resource_schemas", request)

    def validate_data_source(self, request):
        """The same for a data source."""
        return self._validate("data_source_schemas", request)

    def validate_ephemeral(self, request):
        """The same for an ephemeral resource."""
        return self._validate("ephemeral_resource_schemas", request)

    def _validate(self, schemas, request):
        block = self.schema[schemas][request["type_name"].decode()]
        paths = not_to_be_set(block, unpacked(request["config"]))
        return {"diagnostics": [protocol.error("Argument cannot be set", f'AWS decides on the value of "{path[-1]}".', path) for path in paths]}

    def upgrade(self, request):
        """Takes any state as it is."""
        state = protocol.read(protocol.RAW_STATE, request["raw_state"])
        return {"upgraded_state": protocol.write(protocol.DYNAMIC_VALUE, json=state["json"])}

    def read(self, request):
        """Nothing ever changed by itself."""
        return {"new_state": request["current_state"], "private": request["private"]}

    def plan(self, request):
        """What is to be, with what only AWS would know as unknown."""
        block = self.schema["resource_schemas"][request["type_name"].decode()]
        proposed = unpacked(request["proposed_new_state"])
        planned = without_write_only(block, completed(block, proposed, is_missing, lambda *_: UNKNOWN))
        if planned is not None:
            planned |= self._early(block, unpacked(request["config"]), proposed)
        return {"planned_state": packed(planned), "legacy_type_system": True}

    def _early(self, block, config, proposed):
        """What the provider itself knows: the region, and all tags."""
        known = {}
        if "region" in block["attributes"] and proposed.get("region") is None:
            known["region"] = self.region
        if {"tags", "tags_all"} <= block["attributes"].keys() and config["tags_all"] is None:
            tags = config["tags"] or {}
            known["tags_all"] = {**self.default_tags, **tags} if isinstance(tags, dict) else UNKNOWN
        return known

    def apply(self, request):
        """What was planned, with something made up for what is unknown."""
        kind = request["type_name"].decode()
        planned = unpacked(request["planned_state"])
        return {"new_state": packed(self._made_up("resource_schemas", kind, planned)), "legacy_type_system": True}

    def _made_up(self, schemas, kind, value):
        if value is None:
            return None
        digest = hashlib.sha256(kind.encode() + msgpack.packb(value)).hexdigest()[:DIGITS]
        fakes = Fakes(kind, value, digest, self.account, self.region)
        return completed(self.schema[schemas][kind], value, is_open, fakes.of)

    def read_data_source(self, request):
        """What the caller gave for it, and something made up for the rest."""
        kind, config = request["type_name"].decode(), unpacked(request["config"])
        known = data_sources(self.account, self.region).get(kind, {})
        given = chosen(self.given.get(kind, {}), config)
        if given is None:
            return {"diagnostics": [protocol.error("No such thing", f"None of the values that were given for {kind} agrees with this.", ())]}
        return {"state": packed(self._made_up("data_source_schemas", kind, {**config, **known, **given}))}

    def open(self, request):
        """An ephemeral resource, made up."""
        config = unpacked(request["config"])
        return {"result": packed(self._made_up("ephemeral_resource_schemas", request["type_name"].decode(), config))}

    def nothing(self, _):
        """An empty answer."""
        return {}


PROCEDURES = {
    "PrepareProviderConfig": Provider.prepare,
    "Configure": Provider.configure,
    "ValidateResourceTypeConfig": Provider.validate_resource,
    "ValidateDataSourceConfig": Provider.validate_data_source,
    "ValidateEphemeralResourceConfig": Provider.validate_ephemeral,
    "UpgradeResourceState": Provider.upgrade,
    "ReadResource": Provider.read,
    "PlanResourceChange": Provider.plan,
    "ApplyResourceChange": Provider.apply,
    "ReadDataSource": Provider.read_data_source,
    "OpenEphemeralResource": Provider.open,
    "CloseEphemeralResource": Provider.nothing,
    "GetFunctions": Provider.nothing,
    "Stop": Provider.nothing,
}


def given_to_all(given, kind):
    """The values of a data source that hold whatever its configuration."""
    values = given.get(kind, {})
    return values if isinstance(values, dict) else {}


def handler(provider, name):
    """One procedure, from bytes to bytes."""
    def answer(data, _):
        fields = PROCEDURES[name](provider, protocol.read(protocol.REQUESTS[name], data))
        return protocol.write(protocol.ANSWERS.get(name, {}), **fields)
    return grpc.unary_unary_rpc_method_handler(answer)


def main():
    """Serves until stdin ends. Ctrl-C is for Terraform, which still needs its provider then."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    schema, answer, socket = map(Path, sys.argv[1:])
    provider = Provider(json.loads(schema.read_text(encoding="utf-8")), json.loads(sys.stdin.readline()))
    whole = answer.read_bytes()
    handlers = {name: handler(provider, name) for name in PROCEDURES}
    handlers["GetSchema"] = grpc.unary_unary_rpc_method_handler(lambda *_: whole)
    server = grpc.server(ThreadPoolExecutor(THREADS), options=UNLIMITED)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(protocol.SERVICE, handlers),))
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    sys.stdin.read()
    server.stop(None)


if __name__ == "__main__":
    main()
