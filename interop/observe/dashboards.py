"""Grafana's dashboards as what they ask Prometheus: queries whose variables stand for everything, as Grafana fills them in."""

import json
import re
from dataclasses import dataclass

# What Grafana's variables become. A window of 20 s has four scrapes.
BUILT_IN = {"$__rate_interval": "20s", "$__interval": "5s"}


@dataclass
class Panel:
    """One panel, or one kind of annotation: where it is, and what it asks."""

    place: str
    title: str
    queries: list


def boards(folder):
    """The dashboards of a folder by the names of their files."""
    for path in sorted(folder.glob("*.json")):
        yield path.name, json.loads(path.read_text(encoding="utf-8"))


def panels(folder):
    """All panels that ask something, the annotations among them."""
    for name, board in boards(folder):
        for panel in board["panels"]:
            if panel["type"] != "row":
                yield Panel(f"{name}: {panel['title']}", panel["title"], [filled(target["expr"]) for target in panel["targets"]])
        for annotation in board["annotations"]["list"]:
            yield Panel(f"{name}: {annotation['name']}", annotation["name"], [filled(annotation["target"]["expr"])])


def filled(query):
    """A query without variables: those of the dashboard allow everything."""
    for name, value in BUILT_IN.items():
        query = query.replace(name, value)
    return re.sub(r"\$\w+", ".*", query)


def variables(folder):
    """Each variable with the label and the selector that its choices come from."""
    for name, board in boards(folder):
        for variable in board["templating"]["list"]:
            selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"]).groups()
            yield f"{name}: {variable['name']}", label, selector
