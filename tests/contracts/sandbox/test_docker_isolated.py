"""The Docker sandbox keeps the contract with an isolated network too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from tests.contracts.sandbox.docker import OPTIONS, docker_rig
from tests.contracts.sandbox.rig import Rig
from tests.contracts.sandbox.suite import SandboxContract

pytestmark = pytest.mark.xdist_group("docker")


class TestDockerIsolated(SandboxContract):
    network_seconds = 6.0

    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        with docker_rig(tmp_path, evolve(OPTIONS, network="isolated")) as rig:
            yield rig

    def test_nothing_else_is_reachable(self, rig: Rig) -> None:
        """What is to be seen of the network; tests/integration/docker tries all ways out."""
        outcome = rig.run("import socket; print([name for _, name in socket.if_nameindex()])")
        assert outcome.log == "['lo', 'eth0']\n"
