"""moto's own tests of a schema registry, over HTTP against any endpoint: fetched once, never kept in the repository."""

import shutil
import subprocess
import tarfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import python_packages
from daemons import Failed
from made import Missing, made_once

HERE = Path(__file__).resolve().parent
REQUIREMENTS, PIN = HERE / "requirements.txt", HERE / "source.txt"
VERSION = PIN.read_text(encoding="ascii").strip().removeprefix("moto==")
MADE = HERE.parent.parent / "target" / "interop-moto"
PYTHON = MADE / "venv" / "bin" / "python"
SOURCE = MADE / f"moto-{VERSION}"
TESTS = Path("tests", "test_glue", "test_schema_registry.py")
# What the tests take for granted about the registry.
SETTINGS = {"account_id": "123456789012", "quotas.registries": 10}
TESTS_IN_ALL = 69
TIMEOUT_SECONDS = 120

# The tests that a faithful registry cannot pass, and what they must fail with.
EXPECTED = {
    # AWS has been seen to name the version here; the serdes go by that text.
    "test_get_schema_by_definition_invalid_schema_definition_does_not_exist":
        "assert 'Schema is not found.' in 'Schema version is not found.'",
    # It adds a property to an open object under BACKWARD: earlier records may have one of that name and of any type.
    "test_register_schema_version_valid_input_json": "assert 'FAILURE' == 'AVAILABLE'",
}


def build():
    """Fetches moto's source and what it needs, unless nothing has changed since."""

    def make():
        python_packages.install(MADE / "venv", REQUIREMENTS)
        shutil.rmtree(SOURCE, ignore_errors=True)
        python_packages.run(str(PYTHON), "-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "--no-binary", "moto", "--dest", str(MADE),
                            "--requirement", str(PIN))
        with tarfile.open(MADE / f"moto-{VERSION}.tar.gz") as archive:
            archive.extractall(MADE, filter="data")
        if not (SOURCE / TESTS).is_file():
            raise Missing(f"moto {VERSION} has no {TESTS}")

    made_once(MADE, [REQUIREMENTS, PIN], SOURCE, make)


def run(endpoint, environment, folder):
    """Runs the tests and judges what they report; returns a line about it."""
    report, log = folder / "moto.xml", folder / "moto.log"
    surroundings = {**environment, "TEST_SERVER_MODE": "true", "TEST_SERVER_MODE_ENDPOINT": endpoint}
    command = [str(PYTHON), "-B", "-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider", f"--junitxml={report}", str(TESTS)]
    with open(log, "wb") as out:
        subprocess.run(command, cwd=SOURCE, env=surroundings, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                       timeout=TIMEOUT_SECONDS, check=False)
    if not report.is_file():
        raise Failed(f"pytest gave no report; it said:\n{log.read_text(errors='replace')[-1000:]}")
    return judge(report.read_text(encoding="utf-8"))


def judge(report):
    """Exactly the expected tests fail, as expected, and all of them ran."""
    cases = list(ElementTree.fromstring(report).iter("testcase"))
    failed = {case.get("name"): _outcome(case) for case in cases if len(case.findall("*"))}
    wrong = [f"{name}: {told}" for name, told in failed.items() if not told.startswith("failure: ") or EXPECTED.get(name, "\0") not in told]
    wrong += [f"{name}: passed" for name in EXPECTED if name not in failed]
    if len(cases) != TESTS_IN_ALL:
        wrong.append(f"{len(cases)} tests ran, not {TESTS_IN_ALL}")
    if wrong:
        raise Failed("\n  ".join([f"moto's tests: {len(wrong)} findings", *wrong]))
    return f"{len(cases) - len(failed)} of {len(cases)} of moto {VERSION}'s tests passed; the others are those that cannot"


def _outcome(case):
    """`failure`, `error` or `skipped`, and the reason."""
    return "; ".join(f"{child.tag}: {' '.join(child.get('message', '').split())}" for child in case)
