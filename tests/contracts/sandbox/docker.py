"""The Docker daemon and the runner image, for tests."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from tests.contracts.sandbox.rig import Rig
from tests.contracts.sandbox.service import fake_service

from syntropism.adapters.docker import DockerOptions, DockerSandbox, ImageBuilder
from syntropism.adapters.docker.client import connect
from syntropism.adapters.docker.options import SANDBOX_UID
from syntropism.adapters.docker.run_folder import PREFIX
from syntropism.adapters.docker.workers import this_worker
from syntropism.adapters.process import HostFiles
from syntropism.adapters.relay import ThreadedSocketRelay
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.entrypoints.container import SDK_FILE

IMAGE = f"syntropism-agent-runner:test-{os.geteuid()}"
"""Not the one that ``auto`` looks for: whether tests have run changes nothing for others."""

OPTIONS = DockerOptions(image=IMAGE)
ROOT = os.geteuid() == 0
OWNER = (SANDBOX_UID, SANDBOX_UID) if ROOT else None


def require_image() -> None:
    """Skips where no daemon answers; where one does, a missing image is a failure.
    The image is built once, offline, from a base that is cached in the user's cache folder.
    CI starts no daemon until windows in containers are done (issue: the sandbox holds)."""
    try:
        connect(OPTIONS).close()
    except ProviderFailed as problem:
        pytest.skip(str(problem))
    problem = _build()
    if problem:
        pytest.fail(problem)


@cache
def _build() -> str:
    """Why there is no image; empty if there is one, as it should be now."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        builder = ImageBuilder(options=OPTIONS, sdk_file=SDK_FILE, cache=base / "syntropism")
        builder.build(offline_base=True)
    except ProviderFailed as problem:
        return str(problem)
    return ""


@contextmanager
def docker_rig(folder: Path, options: DockerOptions = OPTIONS) -> Iterator[Rig]:
    """A rig on a daemon; afterwards nothing may be left, on the host or in the daemon."""
    require_image()
    workspace = folder / "workspace"
    workspace.mkdir()
    if OWNER is not None:
        os.chown(workspace, *OWNER)
    relay = ThreadedSocketRelay()
    sandbox = DockerSandbox(folder / "run", SDK_FILE, relay, HostFiles(), options)
    with fake_service() as address:
        yield Rig(sandbox, workspace, address, OWNER)
    sandbox.close()
    relay.close()
    run = folder / "run"
    assert not run.exists() or list(run.iterdir()) == []
    assert run_folders(run) == []


def run_folders(root: Path) -> list[Path]:
    """The folders of windows that run in this process, below ``root`` or where paths are short."""
    pattern = f"{PREFIX}{this_worker()}.*"
    return [path for base in (root, Path(tempfile.gettempdir())) for path in base.glob(pattern)]
