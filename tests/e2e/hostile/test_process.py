"""Hostile agents under bubblewrap."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.relay.api import small_api
from tests.contracts.sandbox.rig import Rig
from tests.contracts.sandbox.service import fake_service
from tests.contracts.sandbox.test_process import lack_of, require_bubblewrap
from tests.e2e.hostile.suite import HostileSuite

from syntropism.adapters.process import SANDBOX_UID, ProcessSandbox
from syntropism.adapters.relay import DirectRelay, ThreadedSocketRelay
from syntropism.application.ports.relay import SocketRelay


class TestHostileUnderBubblewrap(HostileSuite):
    def test_dangerous_calls_are_filtered(self, rig: Rig) -> None:
        if not any("seccomp" in one for one in rig.sandbox.probe().enforces):
            lack_of("libseccomp is not installed")
        super().test_dangerous_calls_are_filtered(rig)

    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        relay = ThreadedSocketRelay()
        with fake_service() as address:
            yield from _rig(tmp_path, relay, address)
        relay.close()


class TestHostileToAnApiOfThisProcess:
    """The same door without a relay's thread in between."""

    _the_economy_goes_on = HostileSuite._the_economy_goes_on
    attack = HostileSuite.attack
    test_hammering_the_socket_is_borne = HostileSuite.test_hammering_the_socket_is_borne

    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        address = ("in this process", 0)
        with small_api() as server:
            relay = DirectRelay({address: server}.get, ThreadedSocketRelay())
            yield from _rig(tmp_path, relay, address)


def _rig(folder: Path, relay: SocketRelay, address: tuple[str, int]) -> Iterator[Rig]:
    require_bubblewrap()
    owner = (SANDBOX_UID, SANDBOX_UID) if os.geteuid() == 0 else None
    workspace = folder / "workspace"
    workspace.mkdir()
    if owner is not None:
        os.chown(workspace, *owner)
    sdk = folder / "syntropism_sdk.py"
    sdk.touch()
    sandbox = ProcessSandbox(folder / "run", sdk, relay, True)
    yield Rig(sandbox, workspace, address, owner)
    sandbox.close()
