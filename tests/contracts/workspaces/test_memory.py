"""Workspaces in memory keep the contract."""

import pytest
from tests.contracts.workspaces.suite import WorkspacesContract

from syntropism.adapters.memory.workspaces import MemoryWorkspaces


class TestMemoryWorkspaces(WorkspacesContract):
    @pytest.fixture
    def workspaces(self) -> MemoryWorkspaces:
        return MemoryWorkspaces()
