"""librdkafka by itself, built from the very source that our client is linked with: its own `rdkafka_performance`, and keyed.c beside this."""

import json
import shutil
import subprocess
from pathlib import Path

from made import Missing, made_once

REPOSITORY = Path(__file__).resolve().parent.parent.parent
BUILT = REPOSITORY / "target" / "rdkafka-performance"
KEYED = Path(__file__).resolve().parent / "keyed.c"
JOBS = "2"


def _source():
    """The librdkafka folder of the crate that Cargo.lock names."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--manifest-path", str(REPOSITORY / "Cargo.toml")]
    said = subprocess.run(command, capture_output=True, check=False)
    if said.returncode != 0:
        raise Missing(f"cargo metadata: {said.stderr.decode(errors='replace').strip()}")
    package = next(one for one in json.loads(said.stdout)["packages"] if one["name"] == "rdkafka-sys")
    return Path(package["manifest_path"]).parent / "librdkafka"


def programs():
    """The paths of rdkafka_performance and of keyed, built once."""
    source, keyed = _source(), BUILT / "keyed"

    def make():
        shutil.rmtree(BUILT / "librdkafka", ignore_errors=True)
        shutil.copytree(source, BUILT / "librdkafka")
        library = BUILT / "librdkafka" / "src"
        compile_keyed = ["cc", "-O2", "-Wall", "-Wextra", f"-I{library}", str(KEYED), f"-L{library}", "-lrdkafka", f"-Wl,-rpath,{library}", "-o", str(keyed)]
        for step in (["./configure"], ["make", "-j", JOBS, "libs"], ["make", "-C", "examples", "rdkafka_performance"], compile_keyed):
            with open(BUILT / "build.log", "ab") as log:
                done = subprocess.run(step, cwd=BUILT / "librdkafka", stdout=log, stderr=log, check=False)
            if done.returncode != 0:
                raise Missing(f"{' '.join(step)} failed in {BUILT / 'librdkafka'}; see {BUILT / 'build.log'}")

    made_once(BUILT, [KEYED, source / "CHANGELOG.md", source / "src" / "rdkafka.h"], keyed, make)
    return BUILT / "librdkafka" / "examples" / "rdkafka_performance", keyed
