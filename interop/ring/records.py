"""Orders: lines for the ndjson source, what a made-up order must look like, and frames written by hand. Knows nothing of the product."""

import json
import random
import re
import uuid
from datetime import datetime, timezone

from log import varint_at
from wire import varint

FIELDS = ["order_id", "ordered_at", "user_id", "order_items"]
ITEM_FIELDS = ["product_id", "quantity"]
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
LONG = 2**63
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def user_ids():
    """hex(1..1000), digits made letters, reversed: the thousand users of the original."""
    letters = str.maketrans("0123456789", "abcdefghij")
    return {hex(number).translate(letters)[::-1] for number in range(1, 1001)}


USERS = user_ids()


def instant_ms(text):
    """An ISO 8601 instant as milliseconds since 1970."""
    if not INSTANT.fullmatch(text):
        raise ValueError(f"not an instant with milliseconds in UTC: {text}")
    since = datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def key_of(order_id):
    """The record key, as Python's json.dumps writes it."""
    return json.dumps({"order_id": order_id})


def problem_of_generated(value, not_before_ms, not_after_ms):
    """What is wrong with a decoded order of the `orders` source; None if nothing is."""
    if list(value) != FIELDS:
        return f"fields {list(value)}"
    if not UUID4.fullmatch(value["order_id"]):
        return "order_id is not a version 4 UUID"
    if not not_before_ms <= instant_ms(value["ordered_at"]) <= not_after_ms:
        return "ordered_at is outside the run"
    if value["user_id"] not in USERS:
        return "user_id is none of the thousand"
    if not 1 <= len(value["order_items"]) <= 4:
        return f"{len(value['order_items'])} items"
    for item in value["order_items"]:
        if list(item) != ITEM_FIELDS or any(type(number) is not int for number in item.values()):
            return "an item's fields"
        if not (1 <= item["product_id"] <= 9999 and 1 <= item["quantity"] <= 10):
            return "an item's range"
    return None


def make_order(rnd, sequence, order_id):
    """An order with values from the corners of what the schema allows."""
    users = ["iedxa", "", "ünï ☃ 𝄞", 'quote " backslash \\ tab \t', "\u0000\u001f", "x" * 300]
    items = [{"product_id": rnd.choice([rnd.randint(1, 9999), LONG - 1, -LONG, 0]), "quantity": rnd.randint(1, 10)}
             for _ in range(rnd.choice([0, 1, 1, 2, 3, 4]))]
    return {"order_id": order_id, "ordered_at": 1_681_272_158_640 + sequence, "user_id": rnd.choice(users), "order_items": items}


def write_lines(path, count, keys, seed):
    """Writes `count` orders to a file, one JSON object a line, over so many different keys; returns them. ordered_at numbers the lines."""
    rnd = random.Random(seed)
    ids = [str(uuid.UUID(int=rnd.getrandbits(128), version=4)) for _ in range(keys)]
    orders = [make_order(rnd, index, rnd.choice(ids)) for index in range(count)]
    with open(path, "w", encoding="utf-8") as file:
        for order in orders:
            file.write(json.dumps(order, ensure_ascii=rnd.random() < 0.5) + "\n")
    return orders


def decoded(order):
    """An order as the consumer prints it, but for ordered_at, which stays a number."""
    return {field: order[field] for field in FIELDS}


def avro(order):
    """An order as Avro binary, written field by field."""
    def text(value):
        return varint(len(value.encode())) + value.encode()
    items = b"".join(varint(item["product_id"]) + varint(item["quantity"]) for item in order["order_items"])
    block = varint(len(order["order_items"])) + items if items else b""
    return text(order["order_id"]) + varint(order["ordered_at"]) + text(order["user_id"]) + block + varint(0)


def frame(version_id, payload, version=3, compression=0):
    """The 18-byte header of the Glue frame and a payload."""
    return bytes([version, compression]) + uuid.UUID(version_id).bytes + payload


HEADER_BYTES = 18


def read_frame(value):
    """The order in an uncompressed frame, read field by field; None where the bytes are no such thing."""
    if not value or value[:2] != b"\3\0":
        return None
    try:
        order, end = _read_avro(value, HEADER_BYTES)
    except (IndexError, UnicodeDecodeError):
        return None
    return order if end == len(value) else None


def _read_avro(data, at):
    def text(at):
        length, at = varint_at(data, at)
        return data[at:at + length].decode(), at + length
    order_id, at = text(at)
    ordered_at, at = varint_at(data, at)
    user_id, at = text(at)
    items = []
    while True:
        count, at = varint_at(data, at)
        if count == 0:
            return {"order_id": order_id, "ordered_at": ordered_at, "user_id": user_id, "order_items": items}, at
        if count < 0:
            count, (_, at) = -count, varint_at(data, at)  # a block that tells its size
        for _ in range(count):
            product, at = varint_at(data, at)
            quantity, at = varint_at(data, at)
            items.append({"product_id": product, "quantity": quantity})
