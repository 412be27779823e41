"""What other programs make for the rings, once: kept in a folder until its sources change."""

import fcntl
import hashlib
from contextlib import contextmanager


class Missing(Exception):
    """Something this machine has to supply is not there: a program, or the repository of what it fetches."""


@contextmanager
def _locked(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made_once(folder, sources, product, make):
    """Calls `make`, which makes `product`, unless it has done so in this folder from the same contents of these files."""
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.name.encode() + b"\0" + hashlib.sha256(source.read_bytes()).digest())
    stamp = folder / "sources.sha256"
    with _locked(folder):
        if product.exists() and stamp.is_file() and stamp.read_text(encoding="utf-8") == digest.hexdigest():
            return
        stamp.unlink(missing_ok=True)
        make()
        stamp.write_text(digest.hexdigest(), encoding="utf-8")
