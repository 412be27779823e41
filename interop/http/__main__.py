"""The producer's HTTP source held to the description that it serves: schemathesis makes requests from it, good ones and bad ones.

usage: python3 interop/http [--bin DIR] [--examples N] [--keep]

Builds nothing: `cargo build --release --workspace` first. Kafka and registry are quickstart's own, whose consumer reads what is taken. Schemathesis
comes from PyPI into target/interop/http.
Exit codes: 0 passed, 1 failed, 69 schemathesis or a binary is missing.
"""

import argparse
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE.parent / "shared")]

import python_packages  # noqa: E402
from daemons import Daemon, Failed, wait_until  # noqa: E402
from kept import Kept  # noqa: E402
from made import Missing, made_once  # noqa: E402
from stub import environment, free_port  # noqa: E402

BINARIES = ("quickstart", "producer")
TOKEN = "a-token-for-this-ring-only"
ORDER = {"order_id": "from-outside", "ordered_at": "2026-01-31T10:00:00Z", "user_id": "u", "order_items": [{"product_id": 1, "quantity": 2}]}
# The description says that a record is an object; which object, says the topic's schema, so most of those made from it are refused with 422.
LEFT_OUT = "positive_data_acceptance"
SECONDS = 600


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 interop/http", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "target" / "release", help="folder of the binaries")
    parser.add_argument("--examples", type=int, default=200, metavar="N", help="most requests of each kind and operation")
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs, also when everything passed")
    return parser.parse_args()


def tool():
    """Schemathesis, installed once from pinned requirements."""
    folder, requirements = ROOT / "target" / "interop" / "http", HERE / "requirements.txt"
    program = folder / "environment" / "bin" / "schemathesis"
    made_once(folder, [requirements], program, lambda: python_packages.install(folder / "environment", requirements))
    return program


class Taker:
    """A producer that takes records over HTTP, beside a quickstart."""

    def __init__(self, binaries, folder):
        admin, self.address = free_port(), f"127.0.0.1:{free_port()}"
        self.quickstart = self._quickstart(binaries, folder)
        surroundings = {**environment(folder), "GLUESTREAM_ADMIN__LISTEN": f"127.0.0.1:{admin}", "GLUESTREAM_SOURCE__TOKEN": TOKEN}
        settings = {
            **self._found(), "registry.credentials": "anonymous", "registry.schema_file": ROOT / "schemas" / "order.avsc",
            "source.kind": "http", "source.listen": self.address}
        arguments = [f"--set={key}={value}" for key, value in settings.items()]
        self.daemon = Daemon(binaries / "producer", ["run", *arguments], surroundings, folder)
        self.daemon.wait_ready(60)

    def _quickstart(self, binaries, folder):
        ports = {part: free_port() for part in ("producer-admin", "consumer-admin", "stub-listen")}
        surroundings = {**environment(folder), "GLUESTREAM_ADMIN__LISTEN": f"127.0.0.1:{ports['producer-admin']}"}
        arguments = ["--rate=1/s", *(f"--{part}=127.0.0.1:{port}" for part, port in ports.items())]
        daemon = Daemon(binaries / "quickstart", arguments, surroundings, folder)
        daemon.wait_ready(60)
        return daemon

    def _found(self):
        """Where quickstart's Kafka and registry are, as its producer is told."""
        with urllib.request.urlopen(f"http://{self.quickstart.admin}/config", timeout=5) as answer:
            text = answer.read().decode()
        keys = {"kafka": "bootstrap_servers", "registry": "endpoint"}
        return {f"{section}.{key}": re.search(rf'^{key} = "(.+?)"', text, re.MULTILINE).group(1) for section, key in keys.items()}

    def post(self, body, token=TOKEN):
        """Status and document of an answer."""
        request = urllib.request.Request(
            f"http://{self.address}/records", data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def kill(self):
        """Ends both without a word."""
        for daemon in (self.daemon, self.quickstart):
            daemon.kill()


def check_by_hand(taker):
    """What a request made from the description alone hardly ever is: a record that fits."""
    status, answer = taker.post([ORDER, ORDER])
    if status != 200 or len(answer["records"]) != 2:
        raise Failed(f"two orders were answered {status}: {answer}")
    read = taker.quickstart.out_path
    wait_until("the consumer has read both", lambda: read.read_text(errors="replace").count(ORDER["order_id"]) >= 2, 30)
    status, answer = taker.post(ORDER, token="another-token-of-that-length")
    if status != 401 or not answer["type"].endswith(":unauthorized"):
        raise Failed(f"a wrong token was answered {status}: {answer}")


def hold_to_description(taker, program, examples, folder):
    """All checks but one on requests of all kinds."""
    command = [
        str(program), "run", f"http://{taker.address}/openapi.json", "--header", f"Authorization: Bearer {TOKEN}", "--checks", "all",
        "--exclude-checks", LEFT_OUT, "--max-examples", str(examples), "--seed", "1", "--no-color", "--report-dir", str(folder / "report")]
    log = folder / "schemathesis.log"
    with open(log, "wb") as out:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=folder, timeout=SECONDS, check=False,
            env=environment(folder))
    said = log.read_text(errors="replace")
    if done.returncode != 0:
        raise Failed(f"schemathesis ended with {done.returncode}:\n{said[-4000:]}")
    made = re.search(r"(\d+) generated", said)
    if not made or int(made.group(1)) < 50:
        raise Failed(f"schemathesis made too few requests to say anything:\n{said[-2000:]}")
    return int(made.group(1))


def drive(asked, folder, program):
    """The whole ring."""
    taker = Taker(asked.bin, folder)
    try:
        check_by_hand(taker)
        print("ok    by hand", flush=True)
        made = hold_to_description(taker, program, asked.examples, folder)
        print(f"ok    schemathesis: {made} requests", flush=True)
        check_by_hand(taker)
        state = taker.daemon.state()["producer"]
        if state["read"] != state["rejected"] + state["enqueued"]:
            raise Failed(f"records are unaccounted for: {state}")
        taker.daemon.terminate()
        print("ok    drain", flush=True)
    finally:
        taker.kill()


def main():
    """Runs it in a folder of its own."""
    asked = arguments()
    missing = [name for name in BINARIES if not (asked.bin / name).is_file()]
    if missing:
        print(f"http: missing: {', '.join(missing)} in {asked.bin}", file=sys.stderr)
        return 69
    try:
        program = tool()
    except Missing as error:
        print("http: " + str(error).replace("\n", " "), file=sys.stderr)
        return 69
    with Kept("gluestream-http-", asked.keep) as kept:
        try:
            drive(asked, kept.path, program)
        except (Failed, OSError, subprocess.TimeoutExpired) as error:
            print(f"FAILED: {error}", file=sys.stderr)
            return 1
        kept.is_done = True
    print("http: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
