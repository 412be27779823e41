"""Writes what is in files of lines to stdout, one file after the other, those called `.zst` unpacked; one that is cut short or broken is an error.

usage: python unpack.py FILE...

Runs in an environment with backports.zstd.
"""

import sys

from backports import zstd

for path in sys.argv[1:]:
    with open(path, "rb") as file:
        lines = file.read()
    if path.endswith(".zst"):
        frame = zstd.ZstdDecompressor()
        lines = frame.decompress(lines)
        if not frame.eof or frame.unused_data:
            sys.exit(f"{path} is not one whole frame")
    if not lines.endswith(b"\n"):
        sys.exit(f"{path} does not end with a line's end")
    sys.stdout.buffer.write(lines)
