"""Plug-ins of the Docker client, from Debian 13 where the machine has none: they need nothing that Debian 12 has not."""

from pathlib import Path

from commands import run
from daemons import Failed
from made import Missing

NAMES = ("docker-compose", "docker-buildx")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MIRROR = "http://deb.debian.org/debian"


def fetched(names, folder):
    """The executables of these plug-ins. The system's own lists of packages stay as they are."""
    if not names:
        return []
    if not Path(KEYRING).is_file():
        raise Missing(f"plug-ins of the Docker client are missing, and this is no Debian: {' '.join(names)}")
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {MIRROR} trixie main\n", encoding="utf-8")
    options = [f"Dir::Etc::sourcelist={folder}/sources.list", "Dir::Etc::sourceparts=/dev/null", f"Dir::State::lists={folder}/lists", f"Dir::Cache={folder}/cache"]
    apt = ["apt-get", "-qq", *(part for option in options for part in ("-o", option))]
    try:
        run(*apt, "update")
        run(*apt, "download", *names, folder=folder)
    except (Failed, OSError) as failed:
        raise Missing(f"plug-ins of the Docker client cannot be fetched: {failed}") from failed
    return [_unpacked(name, folder) for name in names]


def _unpacked(name, folder):
    run("dpkg", "-x", str(next(folder.glob(f"{name}_*.deb"))), str(folder / name))
    plugin = folder / name / "usr/libexec/docker/cli-plugins" / name
    plugin.chmod(0o755)
    return plugin
