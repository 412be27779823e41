"""Builds the three images, as a user would, and looks at each: size, user, labels, no shell, help on a read-only root, health, SIGTERM."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

from bases import CA_BUNDLE
from commands import run
from daemons import Failed, wait_until

REPOSITORY = Path(__file__).resolve().parent.parent.parent
IMAGES = ("producer", "consumer", "registry-stub")
MOST_BYTES = 50_000_000
UNPACKED_BYTES = 3_000_000  # of relocations, which the Dockerfile packs
USER = "65532:65532"
BUILD_SECONDS = 3600
CHANGED = "consumer"  # whose image is built again
HEALTHY_SECONDS = 30
STOP_SECONDS = 10
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true")
# What each was certainly made of, and is certainly not.
CRATES = {"producer": ("rdkafka-sys", "axum"), "consumer": ("rdkafka-sys", "axum"), "registry-stub": ("redb", "axum")}


def name(image):
    """The image's name, as in the compose file."""
    return f"gluestream/{image}"


def bases_named():
    """The images that the Dockerfile is built from."""
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    return {argument: image for argument, image in re.findall(r"^ARG (RUST_IMAGE|RUNTIME_IMAGE)=(\S+)$", text, re.MULTILINE)}


def build(engine, bases, folder):
    """All images from source, and the lists of what is in them."""
    given = _given_to_source(bases)
    _build_images(engine, given)
    sbom = folder / "sbom"
    engine.docker("build", "--target", "sbom", "--output", f"type=local,dest={sbom}", *given, REPOSITORY, seconds=BUILD_SECONDS)
    return sbom


def _given_to_source(bases):
    given = _given({"RUST_IMAGE": bases.rust(bases_named()["RUST_IMAGE"]), **_bases_of_both(bases)})
    return [*given, "--secret", f"id=ca,src={CA_BUNDLE}"] if CA_BUNDLE.is_file() else given


def build_changed(engine, bases, folder):
    """One image once more, after a change in its daemon; returns the crates that were compiled, all of them our own."""
    tree = folder / "changed"
    for path in run("git", "-C", str(REPOSITORY), "ls-files", "-z").split("\0")[:-1]:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / path, tree / path)
    with open(tree / CHANGED / "src" / "lib.rs", "a", encoding="utf-8") as source:
        source.write("// Changed.\n")
    said = engine.says("build", "--progress", "plain", "--target", CHANGED, "--tag", f"{name(CHANGED)}:changed", *_given_to_source(bases), tree, seconds=BUILD_SECONDS)
    compiled = set(re.findall(r" Compiling (\S+) v", said))
    if CHANGED not in compiled:
        raise Failed(f"a change in {CHANGED} was not compiled, but {sorted(compiled)}")
    if foreign := sorted(crate for crate in compiled if not (tree / crate / "Cargo.toml").is_file()):
        raise Failed(f"a change in {CHANGED} had dependencies compiled again: {', '.join(foreign)}")
    return sorted(compiled)


def build_of(engine, bases, binaries):
    """All images from binaries that are there already."""
    prebuilt = REPOSITORY / "target" / "image"
    (prebuilt / "data").mkdir(parents=True, exist_ok=True)
    libraries = prebuilt / "libraries"
    shutil.rmtree(libraries, ignore_errors=True)
    libraries.mkdir()
    for image in IMAGES:
        run("strip", "-o", str(prebuilt / image), str(binaries / image))
        asked_for = re.findall(r"/\S+", run("ldd", str(binaries / image)))
        run("cp", "--dereference", "--parents", "--target-directory", str(libraries), *asked_for)
    _build_images(engine, _given({"BINARIES": "prebuilt", **_bases_of_both(bases)}))


def _bases_of_both(bases):
    return {"RUNTIME_IMAGE": bases.runtime(bases_named()["RUNTIME_IMAGE"]), "REVISION": revision()}


def _given(arguments):
    return [part for key, value in arguments.items() for part in ("--build-arg", f"{key}={value}")]


def _build_images(engine, given):
    for image in IMAGES:
        engine.docker("build", "--target", image, "--tag", name(image), *given, REPOSITORY, seconds=BUILD_SECONDS)


def revision():
    """The commit that is built, as README has it."""
    return run("git", "-C", str(REPOSITORY), "rev-parse", "--short=12", "HEAD").strip()


def look_at_list(sbom, image):
    """The list of crates beside an image; returns how many there are."""
    listed = json.loads((sbom / f"{image}.cdx.json").read_text(encoding="utf-8"))
    crates = {component["name"] for component in listed["components"]}
    if listed["bomFormat"] != "CycloneDX" or not set(CRATES[image]) <= crates:
        raise Failed(f"the SBOM of {image} does not list {CRATES[image]}")
    if image == "registry-stub" and "rdkafka-sys" in crates:
        raise Failed("the SBOM of the stub lists what is not in it")
    return len(crates)


def look_at(engine, image, is_shipped):
    """One image from outside; returns its size in bytes. What was made of binaries that were there may be a little larger than what is shipped."""
    [found] = json.loads(engine.docker("image", "inspect", name(image)))
    config = found["Config"]
    labels = config["Labels"]
    wrong = [
        what
        for what, is_right in {
            f"{found['Size']} bytes": found["Size"] < MOST_BYTES + (0 if is_shipped else UNPACKED_BYTES),
            f"user {config['User']}": config["User"] == USER,
            f"stop signal {config.get('StopSignal')}": config.get("StopSignal") == "SIGTERM",
            f"entry point {config['Entrypoint']}": config["Entrypoint"] == [f"/usr/local/bin/{image}"],
            "no health check": config["Healthcheck"]["Test"][:2] == ["CMD", f"/usr/local/bin/{image}"],
            f"labels {labels}": labels.get("org.opencontainers.image.revision") == revision() and "org.opencontainers.image.version" in labels,
        }.items()
        if not is_right
    ]
    if wrong:
        raise Failed(f"{image}: {'; '.join(wrong)}")
    _look_at_version(engine, image, labels)
    if "Usage:" not in engine.docker("run", "--rm", "--network", "none", *HARDENED, name(image), "--help"):
        raise Failed(f"{image} --help says nothing on a read-only root")
    shell = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "/bin/sh", name(image), "-c", "true"]
    if subprocess.run(shell, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=engine.environment, check=False).returncode == 0:
        raise Failed(f"{image} has a shell")
    return found["Size"]


def _look_at_version(engine, image, labels):
    said = engine.docker("run", "--rm", "--network", "none", *HARDENED, name(image), "--version")
    version, built = labels["org.opencontainers.image.version"], labels["org.opencontainers.image.revision"]
    if f" {version} " not in said or built not in said:
        raise Failed(f"{image}: its labels say {version} of {built}, it says {said.strip()}")


def stop_in_time(engine):
    """The stub alone: healthy on a read-only root by the image's own health check, and gone soon after SIGTERM. Returns the seconds it took."""
    container = engine.docker("run", "--detach", *HARDENED, name("registry-stub")).strip()
    try:
        wait_until("the stub is healthy", lambda: health(engine, container) == "healthy", HEALTHY_SECONDS)
        began = time.monotonic()
        engine.docker("stop", "--time", STOP_SECONDS, container)
        took = time.monotonic() - began
        code = engine.docker("inspect", "--format", "{{.State.ExitCode}}", container).strip()
        if code != "0" or took >= STOP_SECONDS:
            raise Failed(f"the stub ended with {code} after {took:.1f} s")
        return took
    finally:
        engine.docker("rm", "--force", container)


def health(engine, container):
    """What the engine thinks of a container's health."""
    return engine.docker("inspect", "--format", "{{.State.Health.Status}}", container).strip()
