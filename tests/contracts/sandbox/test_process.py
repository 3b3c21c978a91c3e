"""The process sandbox keeps the contract: under bubblewrap wholly, bare with named deviations."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from syntropism.adapters.process import SANDBOX_UID, ProcessSandbox
from syntropism.adapters.relay import ThreadedSocketRelay
from tests.contracts.sandbox.rig import Rig
from tests.contracts.sandbox.service import fake_service
from tests.contracts.sandbox.suite import SandboxContract

ROOT = os.geteuid() == 0


def require_bubblewrap() -> None:
    """Skips without a working bubblewrap; under CI=true that is a failure."""
    command = ["bwrap", "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "true"]
    try:
        works = subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        works = False
    if not works:
        if os.environ.get("CI") == "true":
            pytest.fail("bubblewrap is missing or does not work here")
        pytest.skip("bubblewrap is missing or does not work here")


def _rig(folder: Path, use_bubblewrap: bool) -> Iterator[Rig]:
    workspace = folder / "workspace"
    workspace.mkdir()
    owner = (SANDBOX_UID, SANDBOX_UID) if ROOT else None
    if owner is not None:
        os.chown(workspace, *owner)
    sdk = folder / "syntropism_sdk.py"
    sdk.write_text('"""The SDK."""\n')
    relay = ThreadedSocketRelay()
    sandbox = ProcessSandbox(folder / "run", sdk, relay, use_bubblewrap)
    with fake_service() as address:
        yield Rig(sandbox, workspace, address, owner)
    sandbox.close()
    relay.close()
    assert list(folder.glob("run/*")) == []


class TestUnderBubblewrap(SandboxContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        require_bubblewrap()
        yield from _rig(tmp_path, True)

    def test_no_warning_is_given(self, rig: Rig) -> None:
        assert rig.sandbox.probe().warning == ""


class TestBare(SandboxContract):
    deviations: ClassVar = {
        "test_env_json_is_read_only": "agents run as the worker and may change modes",
        "test_nothing_else_is_reachable": "agents share the host's network",
        "test_the_host_cannot_be_read": "agents see the host's files",
        "test_only_the_workspace_and_temporary_files_can_be_written": "as above",
        "test_other_processes_cannot_be_seen": "agents see the host's processes",
        "test_the_environment_of_the_worker_cannot_be_read": "agents run as the worker",
        "test_root_is_nowhere_to_be_had": "agents run as the worker, root included",
    }

    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        yield from _rig(tmp_path, False)

    def test_a_loud_warning_is_given(self, rig: Rig) -> None:
        assert "trusted agents only" in rig.sandbox.probe().warning
