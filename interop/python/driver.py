"""Runs inside the environment with the Python Glue library: takes jobs as JSON lines and answers each with a JSON line.

Avro values come and go as Avro's own JSON encoding; in between they are what a user of the library has: dates, decimals, UUIDs.
Arguments: endpoint and name of the registry, and the mode of schemas that are made.
"""

import json
import sys
from pathlib import Path
from uuid import UUID

import boto3
import orjson
from aws_schema_registry import DataAndSchema, SchemaRegistryClient
from aws_schema_registry.avro import AvroSchema
from aws_schema_registry.codec import encode
from aws_schema_registry.jsonschema import JsonSchema
from aws_schema_registry.serde import KafkaDeserializer, KafkaSerializer

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "codec")]

import native  # noqa: E402
from avro import model, text  # noqa: E402


def topic_itself(topic, _is_key, _schema):
    """The schema's name is the topic's."""
    return topic


class Library:
    """One serializer and one deserializer, as an application would hold them."""

    def __init__(self, endpoint, registry, compatibility):
        client = SchemaRegistryClient(boto3.client("glue", region_name="us-east-1", endpoint_url=endpoint), registry_name=registry)
        self.serializer = KafkaSerializer(client, compatibility_mode=compatibility, schema_naming_strategy=topic_itself)
        self.deserializer = KafkaDeserializer(client)

    def serialize(self, job):
        """Frames in hex. The serializer never compresses: for zlib its payload is framed again by the library's own codec."""
        avro = job["format"] == "AVRO"
        schema = (AvroSchema if avro else JsonSchema)(job["schema"])
        node = model.parse(json.loads(job["schema"])) if avro else None
        frames = []
        for value in job["values"]:
            data = native.of(node, text.load(node, json.loads(value))) if avro else orjson.loads(value)
            frame = self.serializer.serialize(job["name"], DataAndSchema(data, schema))
            if job["compression"] == "ZLIB":
                frame = encode(frame[18:], UUID(bytes=frame[2:18]), compression=True)
            frames.append(frame.hex())
        return frames

    def deserialize(self, job):
        """Values as JSON text."""
        values = []
        for frame in job["values"]:
            data, schema = self.deserializer.deserialize(job["name"], bytes.fromhex(frame))
            if job["format"] == "AVRO":
                node = model.parse(json.loads(str(schema)))
                values.append(json.dumps(text.dump(node, native.back(node, data))))
            else:
                values.append(orjson.dumps(data).decode())
        return values


def chain(error):
    """An exception with its causes."""
    told = []
    while error:
        told.append(f"{type(error).__name__}: {error}")
        error = error.__cause__
    return " <- ".join(told)


def main():
    """Answers jobs until stdin ends."""
    library = Library(*sys.argv[1:])
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = {"values": getattr(library, job["op"])(job)}
        except Exception as error:  # whatever the library throws is the answer
            answer = {"error": chain(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
