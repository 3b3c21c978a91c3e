"""The run folder of one window: what of the host is shown in its container."""

import json
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from syntropism.adapters.docker.workers import gone, this_worker
from syntropism.application.ports.sandbox import ProviderFailed

SHIM: Final = Path(__file__).with_name("shim.py")
FORWARDER: Final = Path(__file__).with_name("forwarder.py")
SOCKET_PATH_MAX: Final = 100
"""A Unix socket's path may have 107 bytes; longer ones are moved to a short folder."""
PREFIX: Final = "syntropism-window."
SYSTEM_PREFIX: Final = "syntropism-system."
_SHIPPED: Final = (".py", ".pyi", ".md", ".json", ".yaml")


@frozen(slots=True)
class RunFolder:
    """``path`` is shown read-only as ``/run/syntropism``."""

    path: Path

    @property
    def service(self) -> Path:
        """The socket of the System Service."""
        return self.path / "service.sock"

    @property
    def control(self) -> Path:
        """The socket of the shim."""
        return self.path / "control.sock"

    @property
    def forwarder(self) -> Path:
        """What the gateway of an isolated network runs."""
        return self.path / "forwarder.py"

    @property
    def gateway_control(self) -> Path:
        """The socket of the gateway."""
        return self.path / "gateway.sock"

    @property
    def nats(self) -> Path:
        """The socket that leads to NATS."""
        return self.path / "nats.sock"

    @property
    def debug(self) -> Path:
        """The socket that leads to the debugger."""
        return self.path / "debug.sock"

    def place(self, script: Path) -> None:
        """Shows a script of ours to the window."""
        shutil.copyfile(script, self.path / script.name)
        (self.path / script.name).chmod(0o444)

    def write_env(self, document: Mapping[str, Any]) -> bytes:
        """Writes ``env.json``; returns its content."""
        content = json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
        path = self.path / "env.json"
        path.write_bytes(content)
        path.chmod(0o444)
        return content


@contextmanager
def run_folder(root: Path) -> Iterator[RunFolder]:
    """A fresh folder for one window, removed in the end. Its name tells whose it is.

    Raises:
        ProviderFailed: the host cannot make it.
    """
    name = f"{PREFIX}{this_worker()}.{uuid.uuid4().hex[:8]}"
    path = root / name
    if len(os.fsencode(path)) + len("/control.sock") > SOCKET_PATH_MAX:
        path = Path(tempfile.gettempdir()) / name
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.mkdir(mode=0o700)
        path.chmod(0o711)
        for script in (SHIM, FORWARDER):
            RunFolder(path).place(script)
    except OSError as error:
        shutil.rmtree(path, ignore_errors=True)
        raise ProviderFailed(
            f"cannot make a run folder below {root}: {error.strerror or error}"
        ) from error
    try:
        yield RunFolder(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def abandoned(root: Path, older_than_seconds: float) -> Iterator[Path]:
    """Run folders, and copies of the SDK, whose worker is gone."""
    for folder in (root, Path(tempfile.gettempdir())):
        for prefix in (PREFIX, SYSTEM_PREFIX):
            for path in sorted(folder.glob(f"{prefix}*")):
                worker = path.name.removeprefix(prefix).rpartition(".")[0]
                with suppress(OSError):
                    if time.time() - path.stat().st_mtime >= older_than_seconds and gone(worker):
                        yield path


def place_sdk(root: Path, sdk_path: Path) -> Path:
    """Copies the SDK below ``root``, readable by all; what this worker's windows see as
    ``/system``.

    Raises:
        ProviderFailed: the host cannot store it, or the SDK is not where it should be.
    """
    target = root / f"{SYSTEM_PREFIX}{this_worker()}.{uuid.uuid4().hex[:8]}"
    try:
        target.mkdir(parents=True)
        target.chmod(0o755)
        for source in sorted(sdk_path.iterdir()) if sdk_path.is_dir() else (sdk_path,):
            if source.suffix in _SHIPPED and source.name != "__init__.py":
                shutil.copyfile(source, target / source.name)
                (target / source.name).chmod(0o444)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise ProviderFailed(
            f"cannot prepare sandboxes below {root}: {error.strerror} ({error.filename})"
        ) from error
    return target
