"""Builds the image that agents run in."""

import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from attrs import frozen

from syntropism.adapters.docker.bases import debian
from syntropism.adapters.docker.client import connect, troubles
from syntropism.adapters.docker.options import LABEL_EXTRAS, DockerOptions
from syntropism.adapters.docker.run_folder import SHIM
from syntropism.adapters.docker.wheels import debugger_wheels
from syntropism.application.ports.sandbox import ProviderFailed

LABEL_RUNNER: Final = "org.syntropism.runner"
DEBUG_EXTRA: Final = "debug"
BUILD_SECONDS_MAX: Final = 1_800
_CONTEXT: Final = ("Dockerfile", "pyproject.toml", "install.py", "slim.py")


def runtime_folder() -> Path:
    """Where the image's recipe is: inside the installed package, or beside ``src``."""
    package = Path(__file__).resolve().parents[2]
    shipped = package / "_runtime"
    return shipped if shipped.is_dir() else package.parents[1] / "runtime"


@frozen(slots=True, kw_only=True)
class ImageBuilder:
    """Builds ``options.image`` with the SDK ``sdk_file``; ``cache`` keeps what is slow to make."""

    options: DockerOptions
    sdk_file: Path
    cache: Path

    def build(
        self,
        *,
        base_image: str = "",
        offline_base: bool = False,
        mirror: str = "",
        wheelhouse: Path | None = None,
        extras: str = "",
        debugpy: bool = False,
        poetry: str = "",
        tell: Callable[[str], None] = lambda _: None,
    ) -> str:
        """Builds it on ``base_image``, or on a Debian made here; returns its id. ``wheelhouse``
        holds the wheels of what ``runtime/pyproject.toml`` declares, pip's own among them; with
        ``debugpy`` and without a wheelhouse, pip is asked once for those that this needs.

        Raises:
            ProviderFailed: the daemon refuses, or a step of the build fails.
        """
        client = connect(self.options)
        try:
            if debugpy:
                extras = f"{extras} {DEBUG_EXTRA}"
                wheelhouse = wheelhouse or debugger_wheels(self.cache, tell)
            if offline_base:
                base_image = debian(client, self.cache, mirror, tell)
            tell(f"building {self.options.image} on {base_image}")
            arguments = {"BASE_IMAGE": base_image, "EXTRAS": extras, "POETRY": poetry}
            with self._context(wheelhouse) as context, troubles("build the image", base_image):
                for step in client.build(
                    fileobj=context,
                    custom_context=True,
                    tag=self.options.image,
                    buildargs=arguments,
                    labels={LABEL_RUNNER: "1", LABEL_EXTRAS: " ".join(extras.split())},
                    network_mode="none",
                    rm=True,
                    forcerm=True,
                    decode=True,
                    timeout=BUILD_SECONDS_MAX,
                ):
                    if "error" in step:
                        raise ProviderFailed(_failure(str(step["error"]), base_image))
            with troubles("inspect the image", self.options.image):
                return str(client.inspect_image(self.options.image)["Id"])
        finally:
            client.close()

    def _context(self, wheelhouse: Path | None) -> io.BytesIO:
        folder = runtime_folder()
        context = io.BytesIO()
        try:
            with tarfile.open(fileobj=context, mode="w") as archive:
                for name in _CONTEXT:
                    archive.add(folder / name, name, filter=_plain)
                archive.add(self.sdk_file, "syntropism_sdk.py", filter=_plain)
                archive.add(SHIM, "shim.py", filter=_plain)
                for wheel in _wheels(wheelhouse):
                    archive.add(wheel, f"wheelhouse/{wheel.name}", filter=_plain)
        except OSError as error:
            raise ProviderFailed(
                f"cannot read the image's recipe: {error.strerror} ({error.filename})"
            ) from error
        context.seek(0)
        return context


def _wheels(wheelhouse: Path | None) -> Iterator[Path]:
    if wheelhouse is not None:
        yield from sorted(wheelhouse.glob("*.whl"))


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The same bytes give the same layers, whoever builds."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry


def _failure(reason: str, base_image: str) -> str:
    line = " ".join(reason.split())[:300]
    return (
        f"the image cannot be built on {base_image}: {line} (without a registry: "
        "`syntropism runner build --offline-base debian`)"
    )
