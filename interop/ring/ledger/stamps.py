"""Orders that carry a stamp in `user_id`: run, key, sequence within the key, and a checksum over all the rest."""

import json
import random
import uuid
import zlib
from typing import NamedTuple

EPOCH_MS = 1_681_272_158_640


class Stamp(NamedTuple):
    """Which record it is: the run of the producer, the key's number, and how manieth of its key, from 0."""

    run: str
    key: int
    sequence: int


def _checksum(stamp, order_id, ordered_at, items):
    flat = ",".join(f"{item['product_id']}x{item['quantity']}" for item in items)
    return zlib.crc32(f"{stamp}|{order_id}|{ordered_at}|{flat}".encode())


def write_lines(path, run, count, keys, seed):
    """Writes so many stamped orders to a file, one JSON object a line; returns their stamps in the file's order."""
    rnd = random.Random(seed)
    ids = [str(uuid.UUID(int=rnd.getrandbits(128), version=4)) for _ in range(keys)]
    counts, stamps = [0] * keys, []
    with open(path, "w", encoding="utf-8") as file:
        for line in range(count):
            key = rnd.randrange(keys)
            stamp = Stamp(run, key, counts[key])
            counts[key] += 1
            stamps.append(stamp)
            items = [{"product_id": rnd.randint(1, 9999), "quantity": rnd.randint(1, 10)} for _ in range(rnd.randint(1, 3))]
            checksum = _checksum(stamp, ids[key], EPOCH_MS + line, items)
            order = {"order_id": ids[key], "ordered_at": EPOCH_MS + line, "user_id": f"{run} {key} {stamp.sequence} {checksum:08x}", "order_items": items}
            file.write(json.dumps(order) + "\n")
    return stamps


def read(order):
    """The stamp of an order whose `ordered_at` is a number, and whether its checksum is right."""
    run, key, sequence, checksum = order["user_id"].split(" ")
    stamp = Stamp(run, int(key), int(sequence))
    return stamp, _checksum(stamp, order["order_id"], order["ordered_at"], order["order_items"]) == int(checksum, 16)
