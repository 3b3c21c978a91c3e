"""Hostile agents under bubblewrap."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.sandbox.rig import Rig
from tests.contracts.sandbox.service import fake_service
from tests.contracts.sandbox.test_process import lack_of, require_bubblewrap
from tests.e2e.hostile.suite import HostileSuite

from syntropism.adapters.process import SANDBOX_UID, ProcessSandbox
from syntropism.adapters.relay import ThreadedSocketRelay


class TestHostileUnderBubblewrap(HostileSuite):
    def test_dangerous_calls_are_filtered(self, rig: Rig) -> None:
        if not any("seccomp" in one for one in rig.sandbox.probe().enforces):
            lack_of("libseccomp is not installed")
        super().test_dangerous_calls_are_filtered(rig)

    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        require_bubblewrap()
        owner = (SANDBOX_UID, SANDBOX_UID) if os.geteuid() == 0 else None
        workspace = tmp_path / "workspace"
        workspace.mkdir()
        if owner is not None:
            os.chown(workspace, *owner)
        sdk = tmp_path / "syntropism_sdk.py"
        sdk.touch()
        relay = ThreadedSocketRelay()
        sandbox = ProcessSandbox(tmp_path / "run", sdk, relay, True)
        with fake_service() as address:
            yield Rig(sandbox, workspace, address, owner)
        sandbox.close()
        relay.close()
