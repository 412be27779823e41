"""A file of orders such as the `orders` source makes up."""

import json
import random
import shutil
import uuid

import records

DIFFERENT = 100_000  # made once and repeated
USERS = sorted(records.USERS)


def write_lines(path, count):
    """Writes so many orders, one JSON object a line."""
    rnd, part = random.Random(1), path.with_suffix(".part")
    with open(part, "w", encoding="utf-8") as file:
        for number in range(min(count, DIFFERENT)):
            items = [{"product_id": rnd.randint(1, 9999), "quantity": rnd.randint(1, 10)} for _ in range(rnd.randint(1, 4))]
            order = {"order_id": str(uuid.UUID(int=rnd.getrandbits(128), version=4)), "ordered_at": 1_681_272_158_640 + number,
                     "user_id": rnd.choice(USERS), "order_items": items}
            file.write(json.dumps(order) + "\n")
    with open(path, "wb") as file:
        for _ in range(max(1, count // DIFFERENT)):
            with open(part, "rb") as again:
                shutil.copyfileobj(again, file)
    part.unlink()
