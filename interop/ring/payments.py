"""Payments: records of which a part goes on, with fields that nobody is to see; and what is to be left of them, and where. Knows nothing of the product."""

import hashlib
import hmac
import json
import random
import re
from datetime import date, timedelta
from urllib.parse import quote

KEY = "what masks, and nobody else has"
EPOCH = date(1970, 1, 1)
# By the country's value; all others, and those without one, go to the main sink.
ROUTES = {"AU": "audit", "NZ": "lake", "DE": "lake", "US": "skip"}
SINKS = "sink", "audit", "lake"
STATUS, LEAST = "paid", 100
COUNTRIES = ["AU", "AU", "NZ", "NZ", "DE", "US", "BR", "au", "", None]
CITIES = ["Perth", "K\u00f6ln", "a/../b", "x=1%", "", None]
FOLDER = "customer.city="
NO_CITY = "__HIVE_DEFAULT_PARTITION__"
# What must be in no output: masked texts, those of fields that are dropped, and the key.
HIDDEN = re.compile(rb"@secret|\+99-|sku-|private|19\d\d-\d\d-\d\d|(?<!\d)4999\d{12}(?!\d)|" + KEY.encode())


def _record(name, *fields):
    return {"type": "record", "name": name, "fields": [{"name": field, "type": kind} for field, kind in fields]}


CUSTOMER = _record("Customer", ("city", ["null", "string"]), ("phone", ["null", "string"]), ("name", "string"))
ITEM = _record("Item", ("sku", "string"), ("price", "double"), ("count", "int"))
SCHEMA = _record(
    "Payment", ("number", "long"), ("status", {"type": "enum", "name": "Status", "symbols": ["open", "paid", "failed"]}),
    ("country", ["null", "string"]), ("email", "string"), ("card", "long"), ("born", {"type": "int", "logicalType": "date"}),
    ("note", ["null", "string"]), ("customer", CUSTOMER), ("items", {"type": "array", "items": ITEM}))


def make(rnd, number):
    """One payment. Few customers pay again and again: the same text has to have the same mask."""
    who = rnd.randint(1, 500)
    items = [{"sku": f"sku-{rnd.randint(1, 50)}", "price": rnd.randint(1, 999) / 4, "count": rnd.randint(1, 9)} for _ in range(rnd.choice([0, 1, 1, 3]))]
    customer = {"city": rnd.choice(CITIES), "phone": rnd.choice([None, f"+99-{who}"]), "name": f"private \u00fcser {who}"}
    return {
        "number": number, "status": rnd.choice(["paid", "paid", "paid", "open", "failed"]), "country": rnd.choice(COUNTRIES),
        "email": f"w\u00f6r.{who}@secret.example", "card": 4999_0000_0000_0000 + who, "born": who - 8000,
        "note": rnd.choice([None, f"private note {number}"]), "customer": customer, "items": items,
    }


def write_lines(path, count, seed):
    """Writes so many payments to a file, a JSON object a line; returns them. Their numbers are those of the lines, from 0."""
    rnd = random.Random(seed)
    payments = [make(rnd, number) for number in range(count)]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(payment) + "\n" for payment in payments)
    return payments


def key_of(number):
    """The record key of a payment."""
    return f"payment-{number}"


def mask(text):
    """What stands for a text; nothing for nothing."""
    return text if text is None else hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def left_of(payment):
    """What of a payment goes on."""
    customer, born = payment["customer"], EPOCH + timedelta(days=payment["born"])
    return {
        "number": payment["number"], "land": payment["country"], "email": mask(payment["email"]), "card": mask(str(payment["card"])),
        "born": mask(born.isoformat()), "customer": {"city": customer["city"], "phone": mask(customer["phone"])},
        "items": [{"sku": mask(item["sku"]), "quantity": item["count"]} for item in payment["items"]],
    }


def sinks_of(payment):
    """The names of the sinks that a payment goes to: one or none; without a value, all."""
    if payment is None:
        return SINKS
    if payment["status"] != STATUS or payment["number"] < LEAST:
        return ()
    name = ROUTES.get(payment["country"], "sink")
    return () if name == "skip" else (name,)


def folder_of(payment):
    """The folder of a payment, or of a record without a value."""
    city = payment and payment["customer"]["city"]
    return f"{FOLDER}{quote(city, safe='') if city else NO_CITY}"


def settings(folder):
    """The part of the configuration that asks for all this."""
    (folder / "mask-key").write_text(f"{KEY}\n", encoding="utf-8")
    routes = ", ".join(f'{value} = "{name}"' for value, name in ROUTES.items())
    return f"""
[transform]
where = ["status={STATUS}", "number>={LEAST}"]
drop = ["status", "note", "customer.name", "items.price"]
rename = ["country=land", "items.count=quantity"]
mask = ["email", "card", "born", "customer.phone", "items.sku"]
mask_key_file = "{folder / 'mask-key'}"
[route]
field = "country"
to = {{ {routes} }}
[sinks.audit]
kind = "file"
path = "{folder / 'audit.ndjson'}"
[sinks.lake]
kind = "object_store"
url = "{folder / 'lake'}"
format = "parquet"
compression = "none"
partition_by = "field:customer.city"
file_time = "1s"
file_records = 200
"""
