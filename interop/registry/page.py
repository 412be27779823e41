"""The registry stub's pages in a real browser, as wide as a phone: nothing sticks out, nothing that clients sent runs.

usage: python3 interop/registry/page.py [--bin DIR] [--picture FILE]

Builds nothing: `cargo build --release -p registry-stub` first. Needs Chromium (Debian's package `chromium`).
Exit codes: 0 passed, 1 failed, 69 Chromium or the binary is missing.
"""

import argparse
import json
import shutil
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "shared")]

import reading  # noqa: E402
from browser import Browser  # noqa: E402
from daemons import Failed  # noqa: E402
from stub import Stub  # noqa: E402

HOSTILE = "<script>window.ran=1</script><img src=x onerror=window.ran=1>\"><svg onload=window.ran=1>"
LONG = "a" * 200


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 interop/registry/page.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent.parent / "target" / "release", help="folder of the binaries")
    parser.add_argument("--picture", type=Path, help="saves the first page as a PNG, for example docs/img/registry-stub.png")
    return parser.parse_args()


def order(*fields, doc="An order."):
    """An Avro definition with these fields."""
    return json.dumps({"type": "record", "name": "Order", "doc": doc, "fields": [{"name": name, "type": kind} for name, kind in fields]})


def fill(stub):
    """What a stub holds after an afternoon of work."""
    stub.glue("CreateRegistry", {"RegistryName": "customer", "Description": "Events of the shop."})
    fields = [("order_id", "string"), ("total", "double")]
    registry = {"RegistryName": "customer"}
    for name, form, definition in [
        ("orders-value", "AVRO", order(*fields)),
        ("payments-value", "JSON", '{"type": "object", "properties": {"amount": {"type": "number"}}}'),
        ("shipments-value", "PROTOBUF", 'syntax = "proto3"; message Shipment { string order_id = 1; }'),
    ]:
        stub.glue("CreateSchema", {"RegistryId": registry, "SchemaName": name, "DataFormat": form, "Compatibility": "BACKWARD", "SchemaDefinition": definition})
    more = order(*fields, ("is_prime", ["null", "boolean"]))
    stub.glue("RegisterSchemaVersion", {"SchemaId": {**registry, "SchemaName": "orders-value"}, "SchemaDefinition": more})


def fill_with_traps(stub):
    """Texts that want to be markup, and names without a place to break."""
    stub.glue("CreateRegistry", {"RegistryName": LONG, "Description": HOSTILE + LONG})
    schema = {"RegistryId": {"RegistryName": LONG}, "SchemaName": LONG, "DataFormat": "AVRO", "Compatibility": "NONE", "Description": HOSTILE}
    first = stub.glue("CreateSchema", {**schema, "SchemaDefinition": order((LONG, "string"), doc=HOSTILE)})
    identity = {"RegistryName": LONG, "SchemaName": LONG}
    second = stub.glue("RegisterSchemaVersion", {"SchemaId": identity, "SchemaDefinition": order((LONG, "int"), doc=HOSTILE + LONG)})
    request = urllib.request.Request(stub.endpoint, data=b"{}", headers={"X-Amz-Target": "AWSGlue.ListRegistries", "User-Agent": HOSTILE + LONG})
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()
    return [first["SchemaVersionId"], second["SchemaVersionId"]]


def look_at(browser, url):
    """Opens a page and checks it."""
    browser.open(url)
    check(browser, url)


def check(browser, url):
    """A page is readable for everybody, as wide as the phone, and nothing on it ran."""
    reading.check(browser, url)
    if browser.ask("document.querySelectorAll('script, svg').length"):
        raise Failed(f"{url} has elements that are not ours")
    if browser.ask("document.styleSheets.length") != 1:
        raise Failed(f"{url} has no stylesheet")


def pages(stub, ids):
    """All pages about the schema with traps."""
    named = urllib.parse.urlencode({"region": "us-east-1", "registry": LONG, "name": LONG})
    pair = urllib.parse.urlencode({"region": "us-east-1", "old": ids[0], "new": ids[1]})
    form = urllib.parse.urlencode({"registry": HOSTILE, "schema": LONG, "definition": HOSTILE})
    paths = ["/", "/calls", f"/schema?{named}", f"/diff?{pair}", f"/check?{form}", *(f"/explain/{one}" for one in ids)]
    return [stub.endpoint + path for path in paths]


def send_form(browser, stub):
    """The form works in a browser: its own origin is let in."""
    look_at(browser, f"{stub.endpoint}/check")
    browser.ask("document.querySelector('textarea').value = JSON.stringify('string'); document.querySelector('button').click()")
    browser.loaded()
    check(browser, "the answer to the form")
    if "The definition is valid." not in browser.ask("document.body.innerText"):
        raise Failed("the form does not say that a good definition is valid")


def drive(browser, stub, picture):
    """Everything that is to be seen."""
    fill(stub)
    look_at(browser, f"{stub.endpoint}/")
    if picture:
        browser.picture(picture)
    for url in pages(stub, fill_with_traps(stub)):
        look_at(browser, url)
    browser.ask("document.querySelectorAll('details').forEach(one => one.open = true)")
    send_form(browser, stub)


def main():
    """Runs it in a folder of its own."""
    asked = arguments()
    program = shutil.which("chromium")
    if not program or not (asked.bin / "registry-stub").is_file():
        print("missing:", "registry-stub in " + str(asked.bin) if program else "chromium", file=sys.stderr)
        return 69
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        stub, browser = Stub(asked.bin, Path(folder)), None
        try:
            stub.start()
            browser = Browser(program, Path(folder))
            drive(browser, stub, asked.picture)
        except Failed as error:
            print(f"FAILED: {error}", file=sys.stderr)
            return 1
        finally:
            if browser:
                browser.close()
            stub.kill()
    print("pages: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
