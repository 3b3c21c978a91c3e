"""A base image made here, from a distribution's packages: no registry is asked."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from syntropism.adapters.docker.client import troubles
from syntropism.application.ports.sandbox import ProviderFailed

SUITE: Final = "bookworm"
REPOSITORY: Final = "syntropism-base"
MAKING_SECONDS_MAX: Final = 1_800
_LEFT_OUT: Final = (
    *("./var/cache/apt/*", "./var/lib/apt/lists/*", "./usr/share/doc/*", "./usr/share/man/*"),
    *("./usr/share/locale/*", "./dev/*", "./proc/*", "./sys/*"),
)


def debian(client: Any, cache: Path, mirror: str, tell: Callable[[str], None]) -> str:
    """The name of a Debian image with Python: the one the daemon has, else made from the
    archive in ``cache``, else that one made by debootstrap from ``mirror`` (empty: Debian's).

    Raises:
        ProviderFailed: debootstrap is missing, or failed; or the daemon refuses.
    """
    name = f"{REPOSITORY}:{SUITE}"
    with troubles("look for the base image", name):
        if client.images(name=name, quiet=True):
            return name
    archive = cache / f"debian-{SUITE}-{os.uname().machine}.tar"
    if not archive.is_file():
        tell(f"making {archive.name} with debootstrap (a minute or two)")
        _make(archive, mirror)
    tell(f"importing {name}")
    with troubles("import the base image", name), archive.open("rb") as file:
        client.import_image_from_data(file, repository=REPOSITORY, tag=SUITE)
    return name


def _make(archive: Path, mirror: str) -> None:
    if shutil.which("debootstrap") is None:
        raise ProviderFailed("debootstrap is missing: apt-get install debootstrap")
    if os.geteuid() != 0:
        raise ProviderFailed(
            "debootstrap needs root: run this once as root, or name a base image with Python "
            "(--base-image)"
        )
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="syntropism-base-") as folder:
            root, new = Path(folder) / "root", archive.with_suffix(f".{os.getpid()}")
            command = ["debootstrap", "--variant=minbase", "--include=python3", SUITE, str(root)]
            _run([*command, *([mirror] if mirror else [])])
            left_out = [f"--exclude={pattern}" for pattern in _LEFT_OUT]
            _run(["tar", "-C", str(root), "--numeric-owner", *left_out, "-cf", str(new), "."])
            new.rename(archive)
    except OSError as error:
        raise ProviderFailed(
            f"cannot make the base image: {error.strerror} ({error.filename})"
        ) from error


def _run(command: list[str]) -> None:
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "DPKG_FORCE": "unsafe-io",  # broken off, it is made anew: nothing need reach the disk
    }
    environment |= {name: value for name, value in os.environ.items() if "proxy" in name.lower()}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=MAKING_SECONDS_MAX,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProviderFailed(f"{command[0]} took too long") from None
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise ProviderFailed(f"{command[0]} failed: {lines[-1].strip() if lines else 'no reason'}")
