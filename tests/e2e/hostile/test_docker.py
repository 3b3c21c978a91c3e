"""Hostile agents in containers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.sandbox.docker import docker_rig
from tests.contracts.sandbox.rig import Rig
from tests.e2e.hostile.suite import HostileSuite

pytestmark = pytest.mark.xdist_group("docker")


class TestHostileOnDocker(HostileSuite):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        with docker_rig(tmp_path) as rig:
            yield rig
