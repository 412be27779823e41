"""The images that ours are made from and run beside: pulled, or, where their registry is out of reach, stand-ins made here.

A stand-in is made from the packages of Debian, the toolchain of this machine and the jars of Maven, and is named as such.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import jars
from commands import run
from made import Missing
from plugins import MIRROR

HERE = Path(__file__).resolve().parent
DEBIAN = "debian:bookworm-slim"
NAME = "gluestream-stand-in"
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


class Bases:
    """Finds or makes each image once; `stand_ins` names what was made, and for which image it stands."""

    def __init__(self, engine, folder):
        self.engine, self.folder, self.stand_ins = engine, folder, {}

    def rust(self, image):
        """Where our binaries are built."""
        return self._pulled_or(image, "rust", lambda: Path(run("rustc", "--print", "sysroot").strip()))

    def runtime(self, image):
        """What our binaries run on."""
        return self._pulled_or(image, "runtime", lambda: HERE / "stand_ins")

    def prometheus(self, image):
        """What reads everybody's metrics."""
        return self._pulled_or(image, "prometheus", lambda: HERE / "stand_ins")

    def kafka(self, image):
        """One node of Kafka."""
        return self._pulled_or(image, "kafka", self._kafka_context)

    def _pulled_or(self, image, name, context):
        if self.engine.has(image) or self.engine.pulls(image):
            return image
        recipe = HERE / "stand_ins" / f"{name}.Dockerfile"
        stand_in = f"{NAME}:{name}-{hashlib.sha256(recipe.read_bytes()).hexdigest()[:8]}"
        self.stand_ins[image] = stand_in
        if not self.engine.has(stand_in):
            self._debian()
            self.engine.docker("build", "--tag", stand_in, "--file", recipe, context(), seconds=900)
        return stand_in

    def _kafka_context(self):
        context = self.folder / "kafka"
        shutil.rmtree(context, ignore_errors=True)
        shutil.copytree(jars.resolve(), context / "lib")
        shutil.copy2(HERE / "stand_ins" / "kafka-entry", context)
        return context

    def _debian(self):
        """Debian itself, under its own name: that is what it is."""
        if self.engine.has(DEBIAN) or self.engine.pulls(DEBIAN):
            return
        if os.geteuid() != 0 or not shutil.which("debootstrap"):
            raise Missing(f"{DEBIAN} can neither be pulled nor, without root and debootstrap, be made")
        root = self.folder / "debian"
        if not (root / "etc" / "debian_version").is_file():
            shutil.rmtree(root, ignore_errors=True)
            run("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(root), MIRROR)
        pack = ["tar", "-C", str(root), "--exclude=./var/cache/apt/archives/*", "--exclude=./var/lib/apt/lists/*", "-c", "."]
        with subprocess.Popen(pack, stdout=subprocess.PIPE) as packed:
            command = ["docker", "import", "--change", 'CMD ["bash"]', "-", DEBIAN]
            done = subprocess.run(command, stdin=packed.stdout, stdout=subprocess.DEVNULL, env=self.engine.environment, check=False)
        if done.returncode != 0 or packed.returncode != 0:
            raise Missing(f"{DEBIAN} cannot be made")
