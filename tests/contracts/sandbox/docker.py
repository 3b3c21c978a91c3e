"""The Docker daemon and the runner image, for tests."""

import fcntl
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
WITH_DEBUGGER = DockerOptions(image=f"syntropism-agent-runner:test-debug-{os.geteuid()}")
ROOT = os.geteuid() == 0
OWNER = (SANDBOX_UID, SANDBOX_UID) if ROOT else None


def require_image(options: DockerOptions = OPTIONS) -> None:
    """Skips where no daemon answers; under CI=true that is a failure, and so is, where one does,
    an image that cannot be built. It is built once, offline, from a base that is cached in the
    user's cache folder."""
    answered, problem = _image(options)
    if not problem:
        return
    if answered or os.environ.get("CI") == "true":
        pytest.fail(f"no container can be tested: {problem}", pytrace=False)
    pytest.skip(problem)


@cache
def _image(options: DockerOptions) -> tuple[bool, str]:
    """Whether a daemon answers, and why there is no image; empty if it is there, and up to date."""
    answered = False
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "syntropism"
    try:
        connect(OPTIONS).close()
        answered = True
        with one_at_a_time(base):
            builder = ImageBuilder(options=options, sdk_file=SDK_FILE, cache=base)
            builder.build(offline_base=True, debugpy=options == WITH_DEBUGGER)
    except ProviderFailed as problem:
        return answered, str(problem)
    return answered, ""


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """No other process that asks the same is within: those that come later find the image."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "test-image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def docker_rig(folder: Path, options: DockerOptions = OPTIONS) -> Iterator[Rig]:
    """A rig on a daemon; afterwards nothing may be left, on the host or in the daemon."""
    require_image(WITH_DEBUGGER if options.image == WITH_DEBUGGER.image else OPTIONS)
    workspace = folder / "workspace"
    workspace.mkdir()
    if OWNER is not None:
        os.chown(workspace, *OWNER)
    relay = ThreadedSocketRelay()
    sandbox = DockerSandbox(folder / "run", SDK_FILE, relay, HostFiles(), options)
    with short_folder(), fake_service() as address:
        yield Rig(sandbox, workspace, address, OWNER)
        sandbox.close()
        relay.close()
        run = folder / "run"
        assert not run.exists() or list(run.iterdir()) == []
        assert run_folders(run) == []


@contextmanager
def short_folder() -> Iterator[None]:
    """Where paths are short, for this test alone: in the machine's own temporary folder a killed
    worker of another test, or of another day, may have left something to sweep."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="syn-") as folder:
        Path(folder).chmod(0o755)
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


def run_folders(root: Path) -> list[Path]:
    """The folders of windows that run in this process, below ``root`` or where paths are short."""
    pattern = f"{PREFIX}{this_worker()}.*"
    return [path for base in (root, Path(tempfile.gettempdir())) for path in base.glob(pattern)]
