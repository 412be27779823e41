"""Writes the rows of all Parquet files below a folder to stdout, a JSON object a line.

usage: python rows.py FOLDER

Runs in an environment with pyarrow. A row has its `file` below the folder, `partition`, `offset` and `key` of its record, and under `value` all other
columns that the file has but the record's time and headers.
"""

import json
import sys
from pathlib import Path

from pyarrow import parquet


def main(folder):
    """Reads each file by itself: folders add no columns."""
    for path in sorted(folder.rglob("*.parquet")):
        for row in parquet.ParquetFile(path).read().to_pylist():
            own = {name: row.pop(f"kafka_{name}") for name in ("partition", "offset", "key", "timestamp", "headers")}
            place = {name: own[name] for name in ("partition", "offset", "key")}
            print(json.dumps({"file": str(path.relative_to(folder)), **place, "value": row}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
