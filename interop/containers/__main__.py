"""The images and the compose file, built, looked at and run with a Docker Engine: the one that answers, or one of our own.

usage: python3 interop/containers [--folder DIR] [--prebuilt DIR] [images] [stream]

Base images that cannot be pulled are made here, from Debian's packages, the toolchain of this machine and Maven's jars; an engine of our own
needs root. Both stay in DIR (target/containers) for the next time. Exit codes: 0 passed, 1 failed, 2 command line, 69 something is missing.
"""

import argparse
import re
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("shared", "kafka"))]

import images  # noqa: E402
import stream  # noqa: E402
from bases import Bases  # noqa: E402
from daemons import Failed  # noqa: E402
from engine import Engine  # noqa: E402
from kept import Kept  # noqa: E402
from made import Missing  # noqa: E402

COMPOSE = HERE.parent.parent / "docker-compose.yml"
PARTS = ("images", "stream")


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 interop/containers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=HERE.parent.parent / "target" / "containers", help="where the engine and the base images are kept")
    parser.add_argument("--prebuilt", type=Path, help="makes the images of the binaries in this folder, and no SBOM, instead of building from source")
    parser.add_argument("parts", nargs="*", metavar="PART", help="images, stream; both without")
    asked = parser.parse_args()
    if unknown := [part for part in asked.parts if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}")
    return asked


class Diary:
    """Says each step with the time it came at."""

    def __init__(self):
        self.began = time.monotonic()

    def __call__(self, text):
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", flush=True)


def look_at_images(engine, bases, folder, prebuilt, say):
    """Builds and looks at the three."""
    if prebuilt:
        images.build_of(engine, bases, prebuilt)
        say(f"made of binaries that were there: {', '.join(images.IMAGES)}; no SBOM")
    else:
        sbom = images.build(engine, bases, folder)
        crates = {image: images.look_at_list(sbom, image) for image in images.IMAGES}
        say(f"built from source: {', '.join(images.IMAGES)}; crates in their SBOMs: {', '.join(map(str, crates.values()))}")
        began = time.monotonic()
        compiled = images.build_changed(engine, bases, folder)
        say(f"after a change in {images.CHANGED} its image again in {time.monotonic() - began:.0f} s: compiled {', '.join(compiled)}, and no dependency")
    for image in images.IMAGES:
        size = images.look_at(engine, image, not prebuilt)
        say(f"{image}: {size / 1e6:.1f} MB, user {images.USER}, no shell, --help on a read-only root")
    say(f"the stub is healthy by itself, and gone {images.stop_in_time(engine):.1f} s after SIGTERM")


def named(service):
    """The image that the compose file names for a service if no variable does."""
    return re.search(rf"\$\{{{service.upper()}_IMAGE:-([^}}]+)\}}", COMPOSE.read_text(encoding="utf-8")).group(1)


def swapped(bases):
    """The services whose images could not be pulled, and what stands in for them."""
    found = {"kafka": bases.kafka(named("kafka")), "prometheus": bases.prometheus(named("prometheus"))}
    return {service: image for service, image in found.items() if image in bases.stand_ins.values()}


def main():
    """Runs what was asked for; the folder of a failed run is kept."""
    asked, say = arguments(), Diary()
    try:
        with Kept("gluestream-containers-") as kept, Engine(asked.folder.resolve()) as engine:
            say("a Docker Engine answers" if not engine.daemon else "a Docker Engine of our own is up")
            bases = Bases(engine, asked.folder.resolve())
            if "images" in asked.parts or not asked.parts:
                look_at_images(engine, bases, kept.path, asked.prebuilt, say)
            if "stream" in asked.parts or not asked.parts:
                stand_ins = swapped(bases)
                stream.play(engine, kept.path, stand_ins, say)
            for image, stand_in in bases.stand_ins.items():
                say(f"not pulled: {image}; in its place: {stand_in}")
            kept.is_done = True
    except Missing as missing:
        print(f"containers: {missing}", file=sys.stderr)
        return 69
    except (Failed, OSError) as error:
        print(f"containers: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
