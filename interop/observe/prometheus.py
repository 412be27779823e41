"""Prometheus as a child process, on the configuration that is shipped; only where targets are found is another."""

import json
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request

from daemons import Daemon, Failed, wait_until
from stub import environment, free_port


def with_static_targets(text, places):
    """The configuration with the addresses in place of the names that DNS would be asked for; what a name stands for, each still says."""
    found = re.search(r"^    dns_sd_configs:\n(?:      .*\n)+", text, re.MULTILINE)
    if not found:
        raise Failed("prometheus.yml has no dns_sd_configs")
    names = set(re.findall(r"[\w-]+", " ".join(re.findall(r"names: \[(.*)\]", found.group(0)))))
    if names != set(places):
        raise Failed(f"prometheus.yml looks for {sorted(names)}")
    targets = "".join(f"      - targets: ['{address}']\n        labels: {{__meta_dns_name: {name}}}\n" for name, address in places.items())
    return text[:found.start()] + "    static_configs:\n" + targets + text[found.end():]


class Prometheus:
    """One Prometheus with data and configuration in a folder of its own."""

    def __init__(self, observe, places, folder):
        self.folder = folder
        self.address = f"127.0.0.1:{free_port()}"
        self.daemon = None
        shutil.copytree(observe / "rules", folder / "rules")
        text = (observe / "prometheus.yml").read_text(encoding="utf-8")
        (folder / "prometheus.yml").write_text(with_static_targets(text, places), encoding="utf-8")

    def start(self):
        """Starts it and waits until it answers."""
        words = [f"--config.file={self.folder / 'prometheus.yml'}", f"--storage.tsdb.path={self.folder / 'data'}", f"--web.listen-address={self.address}"]
        self.daemon = Daemon(shutil.which("prometheus"), words, environment(self.folder), self.folder)
        self.daemon.admin = self.address
        wait_until("prometheus is ready", lambda: self.daemon.must_run() or self.daemon.status("/-/ready") == 200, 30)

    def kill(self):
        """Ends it without a word. Harmless when it does not run."""
        if self.daemon:
            self.daemon.kill()

    def query(self, query):
        """The series that answer a query now."""
        return self._ask("/api/v1/query", query=query)["result"]

    def values(self, label, selector):
        """The values of a label among the series of a selector."""
        return self._ask(f"/api/v1/label/{label}/values", **{"match[]": selector})

    def rules(self):
        """All rules, once each has been looked at."""
        def all_rules():
            found = [rule for group in self._ask("/api/v1/rules")["groups"] for rule in group["rules"]]
            return [] if any(rule["health"] == "unknown" for rule in found) else found
        return wait_until("every rule has been looked at", all_rules, 30)

    def _ask(self, path, **parameters):
        url = f"http://{self.address}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refusal:
            raise Failed(f"{parameters}: {json.load(refusal).get('error')}") from refusal
