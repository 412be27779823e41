"""checkov on the source and on the plans. What it finds is mended, or skipped where it stands and with a reason, and every skip has to be needed."""

import re

from daemons import Failed
from stage import INFRA, PYTHON

TOOL = PYTHON.parent / "checkov"
OPTIONS = ("--skip-download", "--compact", "--output", "json")
EVERYWHERE = INFRA / ".checkov.yaml"
# Connections between resources are for the source to show: in a plan they are ids.
OF_CONNECTIONS = "CKV2_*"
# Variants that have nothing which the others have not: to look at one more takes seconds.
COVERED = {"app dev", "app prod", "app roles"}
# What a plan of the stand-in cannot show, and the source does.
MADE_UP = {"CKV_AWS_300": "the stand-in makes up the prefix of the lifecycle's rule"}
BLOCK = re.compile(r'^(?:resource|data) "(\w+)" "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
SKIP = re.compile(r"#\s*checkov:skip=(\w+)(?::(.*))?$", re.MULTILINE)
SKIP_EVERYWHERE = re.compile(r"^ *- (\w+)(?: *# *(.+))?$", re.MULTILINE)
INDEX = re.compile(r"\[[^\]]*\]")


def perform(stage):
    """Looks at both; what is left has to be skipped for a reason."""
    plans = [made for made in stage.applied if str(made) not in COVERED]
    tree = stage.copy("checkov")
    source, planned = stage.each(lambda arguments: run(stage, *arguments), [
        ("--directory", tree / "infra", "--framework", "terraform"),
        (*(word for made in plans for word in ("--file", made.path)), "--framework", "terraform_plan", "--skip-check", OF_CONNECTIONS),
    ])
    skips = Skips()
    failed = [f"{one['file_path']}: {sentence(one)}" for one in source["failed"] if not skips.covers(one["check_id"])]
    for one in source["skipped"]:
        skips.covers(one["check_id"], (folder_of(one["file_path"]), kind_of(one["resource"])))
    calls = {made.path.name: made.plan.shown["configuration"]["root_module"] for made in plans}
    for one in planned["failed"]:
        name = one["file_path"].rpartition("/")[2]
        if one["check_id"] not in MADE_UP and not skips.covers(one["check_id"], place(name.partition("-")[0], calls[name], one["resource"])):
            failed.append(f"{name}: {sentence(one)}")
    failed += skips.findings()
    if failed:
        raise Failed("\n".join([f"{len(set(failed))} findings", *sorted(set(failed))]))
    passed = source["passed"] + planned["passed"]
    return f"{passed} checks passed, of the source and of {len(plans)} plans; {len(skips)} skipped, each with its reason"


def run(stage, *arguments):
    """How many checks passed, and what failed or was skipped."""
    found = stage.packaged(TOOL, *OPTIONS, *arguments, allowed=(0, 1))
    reports = found if isinstance(found, list) else [found]
    if any(report["summary"]["parsing_errors"] for report in reports):
        raise Failed(f"checkov cannot read {', '.join(file for report in reports for file in report['results'].get('parsing_errors', []))}")
    return {
        "passed": sum(report["summary"]["passed"] for report in reports),
        **{outcome: [one for report in reports for one in report["results"][f"{outcome}_checks"]] for outcome in ("failed", "skipped")},
    }


def sentence(one):
    """A check that failed, on one line."""
    return f"{one['resource']}: {one['check_id']}: {one['check_name']}"


class Skips:
    """The skips of `infra/`, by check and place: a folder and a kind of resource; those of everywhere have no place."""

    def __init__(self, folder=INFRA):
        self.reasons, self.needed = {}, set()
        for file in sorted(folder.rglob("*.tf")):
            for kind, name, code in BLOCK.findall(file.read_text(encoding="utf-8")):
                for check, reason in SKIP.findall(code):
                    self.reasons[check, (str(file.parent.relative_to(folder)), f"{kind}.{name}")] = reason
        for check, reason in SKIP_EVERYWHERE.findall((folder / EVERYWHERE.name).read_text(encoding="utf-8")):
            self.reasons[check, None] = reason

    def __len__(self):
        return len(self.reasons)

    def covers(self, check, where=None):
        """Whether a check is skipped there or everywhere; what covers it is needed."""
        found = {(check, where), (check, None)} & self.reasons.keys()
        self.needed |= found
        return bool(found)

    def findings(self):
        """Skips without a reason, and those that nothing needs."""
        for (check, where), reason in self.reasons.items():
            named = f"{check} of {'everywhere' if where is None else ' '.join(where)}"
            if not reason.strip():
                yield f"the skip of {named} has no reason"
            if (check, where) not in self.needed:
                yield f"nothing needs the skip of {named}"


def place(root, configuration, address):
    """Where a planned resource is written: the folder of its module below infra/, and its type and name."""
    folder, parts = [root], INDEX.sub("", address).split(".")
    while parts[0] == "module":
        call = configuration["module_calls"][parts[1]]
        for step in call["source"].split("/"):
            folder = folder[:-1] if step == ".." else [*folder, step]
        configuration, parts = call["module"], parts[2:]
    return "/".join(folder), ".".join(parts)


def folder_of(path):
    """The folder below infra/ of a file, as checkov names it."""
    return path.strip("/").rpartition("/")[0]


def kind_of(address):
    """Type and name of a resource, without the modules that it is in."""
    return ".".join(INDEX.sub("", address).split(".")[-2:])
