"""Reads what the consumer put into an object store, as a query engine would, and holds it against the lines that a file sink wrote of the same topic.

usage: python read.py PLACE LINES [avro]

PLACE is a folder, or s3://BUCKET/PREFIX with AWS_ENDPOINT_URL_S3 in the environment; runs in an environment with pyarrow and fastavro; it reads Parquet
unless told otherwise, and Avro from folders alone. Prints one JSON object:
files, rows, records that are there twice, lost, or with another value.
"""

import json
import os
import sys
from collections import Counter
from datetime import timezone
from pathlib import Path

import fastavro
import pyarrow.dataset as dataset
import pyarrow.fs as filesystems


def opened(place):
    """The files as one data set; folders like date=2026-01-31 are columns of it."""
    if not place.startswith("s3://"):
        return dataset.dataset(place, format="parquet", partitioning="hive")
    endpoint = os.environ["AWS_ENDPOINT_URL_S3"]
    scheme, _, host = endpoint.partition("://")
    store = filesystems.S3FileSystem(endpoint_override=host, scheme=scheme, region=os.environ["AWS_REGION"])
    return dataset.dataset(place.removeprefix("s3://"), filesystem=store, format="parquet", partitioning="hive")


def rows_of_parquet(place):
    """The number of files, and all rows."""
    files = opened(place)
    return len(files.files), (row for batch in files.to_batches() for row in batch.to_pylist())


def rows_of_avro(place):
    """The same of Avro's container files: the value's fields and the folder's day beside the others, as in Parquet."""
    paths = sorted(Path(place).rglob("*.avro"))

    def rows():
        for path in paths:
            with open(path, "rb") as file:
                for record in fastavro.reader(file):
                    yield {**record, **record["value"], "date": path.parent.name.removeprefix("date=")}
    return len(paths), rows()


def instant(moment):
    """A moment as the consumer's line has it."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def value_of(row):
    """The order of a row, as the consumer's line has it."""
    items = [{"product_id": item["product_id"], "quantity": item["quantity"]} for item in row["order_items"]]
    return {"order_id": row["order_id"], "ordered_at": instant(row["ordered_at"]), "user_id": row["user_id"], "order_items": items}


def wrong(row, line):
    """Whether a row says something else than the line of the same record."""
    said = (row["kafka_key"], instant(row["kafka_timestamp"]), value_of(row))
    in_its_folder = str(row["date"]) == line["timestamp"][:10]
    return said != (line["key"], line["timestamp"], line["value"]) or not in_its_folder


def main(place, lines_path, rows_of):
    """Compares."""
    with open(lines_path, encoding="utf-8") as file:
        lines = {(line["partition"], line["offset"]): line for line in map(json.loads, file)}
    found, differ = Counter(), 0
    files, rows = rows_of(place)
    for row in rows:
        where = (row["kafka_partition"], row["kafka_offset"])
        found[where] += 1
        differ += where not in lines or wrong(row, lines[where])
    print(json.dumps({
        "files": files, "rows": found.total(), "twice": found.total() - len(found),
        "lost": len(lines.keys() - found.keys()), "differ": differ,
    }))


if __name__ == "__main__":
    main(*sys.argv[1:3], rows_of_avro if sys.argv[3:] == ["avro"] else rows_of_parquet)
