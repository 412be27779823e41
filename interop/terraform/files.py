"""The steps that need no plan: the files as Terraform formats them, both roots validated, their own tests."""

import json
import subprocess

from daemons import Failed
from stage import INFRA, ROOTS, Root, surroundings


def formatted(_):
    """Every file is as `terraform fmt` would write it."""
    return f"{check_format(INFRA)} files"


def check_format(folder):
    """Fails with the names of files that are written otherwise; returns how many there are."""
    done = subprocess.run(["terraform", "fmt", "-check", "-recursive", str(folder)], capture_output=True, text=True, check=False, env=surroundings())
    if done.returncode != 0:
        raise Failed(f"terraform fmt would change {', '.join(done.stdout.split()) or done.stderr.strip()}")
    return sum(1 for pattern in ("*.tf", "*.tfvars", "*.tftest.hcl") for _ in folder.rglob(pattern))


def validated(stage):
    """Both roots hold to the provider's schema."""
    warnings = 0
    with stage.provider() as (environment, provider):
        tree = stage.copy("validate")
        for name in ROOTS:
            root = Root(tree, name, environment)
            root.init()
            found = root.diagnostics()
            if errors := [sentence(one) for one in found if one["severity"] == "error"]:
                raise Failed("\n".join([f"{name}: {len(errors)} errors", *errors]))
            warnings += len(found)
    return f"{len(ROOTS)} roots against {provider}, {warnings} warnings"


def sentence(diagnostic):
    """A diagnostic on one line."""
    place = diagnostic.get("range", {})
    where = f"{place['filename']}:{place['start']['line']}: " if place else ""
    return f"{where}{diagnostic['summary']}: {' '.join(diagnostic['detail'].split())}"


def tested(stage):
    """The roots' own tests pass, and there are some."""
    with stage.provider(is_whole=False) as (environment, provider):
        tree = stage.copy("tests")
        roots = [Root(tree, name, environment) for name in ROOTS]
        for root in roots:
            root.init()
        counts = stage.each(run_tests, roots)
    return f"{', '.join(f'{count} of {name}' for count, name in zip(counts, ROOTS))}, with {provider}"


def run_tests(root):
    """Runs the tests of a root that is ready; returns how many passed."""
    code, printed = root.run("test", "-json", allowed=(0, 1))
    lines = [json.loads(line) for line in printed.splitlines()]
    [summary] = [line["test_summary"] for line in lines if line["type"] == "test_summary"] or [{"passed": 0}]
    if code != 0:
        errors = [sentence(line["diagnostic"]) for line in lines if line["type"] == "diagnostic" and line["diagnostic"]["severity"] == "error"]
        raise Failed("\n".join([f"{root.name}: tests failed", *errors]))
    if summary["passed"] == 0:
        raise Failed(f"{root.name} has no tests")
    return summary["passed"]
