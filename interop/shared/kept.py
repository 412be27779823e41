"""The folder of one run: thrown away at its end, kept and named when something failed or somebody wants it."""

import shutil
import sys
import tempfile
from pathlib import Path


class Kept:
    """Use as a context manager, and set `is_done` when nothing failed."""

    def __init__(self, prefix, is_wanted=False):
        self.prefix, self.is_wanted, self.is_done, self.path = prefix, is_wanted, False, None

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix=self.prefix))
        return self

    def __exit__(self, *_):
        if self.is_done and not self.is_wanted:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            print(f"logs: {self.path}", file=sys.stderr)
