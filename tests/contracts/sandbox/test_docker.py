"""The Docker sandbox keeps the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.sandbox.docker import docker_rig
from tests.contracts.sandbox.rig import Rig
from tests.contracts.sandbox.suite import SandboxContract

pytestmark = pytest.mark.xdist_group("docker")


class TestDocker(SandboxContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        with docker_rig(tmp_path) as rig:
            yield rig

    def test_no_warning_is_given(self, rig: Rig) -> None:
        assert rig.sandbox.probe().warning == ""
