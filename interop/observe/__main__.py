"""What `observe/` ships, in a real Prometheus that watches a running stream: rules, dashboards and the labels that the scraping gives.

usage: python3 interop/observe [--bin DIR] [--keep]

Builds nothing: `cargo build --release --workspace` first. Needs Prometheus and its promtool (Debian's package `prometheus`).
Exit codes: 0 passed, 1 failed, 69 Prometheus, promtool or the binary is missing.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "shared")]

from daemons import Daemon, Failed, wait_until  # noqa: E402
from dashboards import panels, variables  # noqa: E402
from kept import Kept  # noqa: E402
from prometheus import Prometheus  # noqa: E402
from stub import environment, free_port  # noqa: E402

OBSERVE = ROOT / "observe"
# In a stream that is well these have nothing to show.
MAY_BE_EMPTY = {"Starts", "Alarms that fire", "Time of a call", "The stub: time of a request"}
SERVICES = ("producer", "consumer", "registry-stub")
PATIENCE_SECONDS = 60


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 interop/observe", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "target" / "release", help="folder of the binaries")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    return parser.parse_args()


def promtool(*words):
    """One of promtool's checks, which must hold."""
    done = subprocess.run(["promtool", *map(str, words)], capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise Failed(f"promtool {words[0]} {words[1]}:\n{done.stdout}{done.stderr}")


def check_files():
    """The files by themselves."""
    rules = sorted((OBSERVE / "rules").glob("*.yml"))
    tests = sorted((OBSERVE / "rules" / "tests").glob("*.yml"))
    promtool("check", "config", OBSERVE / "prometheus.yml")
    promtool("check", "rules", *rules)
    promtool("test", "rules", *tests)
    print(f"promtool: {len(rules)} files of rules, {len(tests)} of tests")


def stream(binaries, folder):
    """A running quickstart, and where each of its services answers."""
    places = {service: f"127.0.0.1:{free_port()}" for service in SERVICES}
    words = ["--producer-admin", places["producer"], "--consumer-admin", places["consumer"], "--stub-listen", places["registry-stub"]]
    daemon = Daemon(binaries / "quickstart", words, environment(folder), folder)
    daemon.admin = places["consumer"]
    return daemon, places


def watch(daemon, prometheus):
    """Every panel has an answer, and soon one with data in it; the rules work."""
    daemon.wait_ready(20)
    wait_until("Prometheus has seen every service", lambda: seen(prometheus) == set(SERVICES), PATIENCE_SECONDS)
    shown = list(panels(OBSERVE / "grafana" / "dashboards"))
    empty = [panel for panel in shown if not has_data(prometheus, panel) and panel.title not in MAY_BE_EMPTY]

    def nothing_is_empty():
        daemon.must_run()
        empty[:] = [panel for panel in empty if not has_data(prometheus, panel)]
        return not empty

    try:
        wait_until("every panel has data", nothing_is_empty, PATIENCE_SECONDS)
    except Failed as error:
        raise Failed("\n".join([str(error), *(f"{panel.place}: {' | '.join(panel.queries)}" for panel in empty)])) from error
    print(f"dashboards: {len(shown)} panels, {sum(len(panel.queries) for panel in shown)} queries")
    check_variables(prometheus)
    check_rules(prometheus)


def seen(prometheus):
    """The services that Prometheus reaches, as its relabelling names them."""
    return {series["metric"]["service"] for series in prometheus.query('up{job="gluestream", instance=~".+:[0-9]+"} == 1')}


def has_data(prometheus, panel):
    """Whether a query of the panel has an answer; every one has to be a good question."""
    return any([prometheus.query(query) for query in panel.queries])


def check_variables(prometheus):
    """What people choose from has choices."""
    count = 0
    for place, label, selector in variables(OBSERVE / "grafana" / "dashboards"):
        count += 1
        if not prometheus.values(label, selector):
            raise Failed(f"{place} has nothing to choose from: {label} of {selector}")
    print(f"variables: {count}")


def check_rules(prometheus):
    """Prometheus can work with every rule, and has no alarm for a stream that is well."""
    rules = prometheus.rules()
    for rule in rules:
        if rule["health"] != "ok":
            raise Failed(f"rule {rule['name']} is {rule['health']}: {rule.get('lastError')}")
        if rule.get("state", "inactive") != "inactive":
            raise Failed(f"a stream that is well has the alarm {rule['name']}: {rule['alerts']}")
    print(f"rules: {len(rules)}, no alarm")


def perform(binaries, folder):
    """Everything, in a folder of its own."""
    check_files()
    daemon, places = stream(binaries, folder)
    prometheus = Prometheus(OBSERVE, places, folder)
    try:
        prometheus.start()
        watch(daemon, prometheus)
        daemon.terminate()
    finally:
        daemon.kill()
        prometheus.kill()


def main():
    """Runs it and says how it ended."""
    asked = arguments()
    missing = [tool for tool in ("prometheus", "promtool") if not shutil.which(tool)]
    missing += [] if (asked.bin / "quickstart").is_file() else [f"quickstart in {asked.bin}"]
    if missing:
        print("missing:", ", ".join(missing), file=sys.stderr)
        return 69
    try:
        with Kept("gluestream-observe-", asked.keep) as kept:
            perform(asked.bin, kept.path)
            kept.is_done = True
    except (Failed, OSError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print("observe: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
