"""Workspaces on the file system keep the contract."""

import os
from pathlib import Path

import pytest
from tests.contracts.workspaces.suite import WorkspacesContract

from syntropism.adapters.filesystem import FilesystemWorkspaces


class TestFilesystemWorkspaces(WorkspacesContract):
    @pytest.fixture
    def workspaces(self, tmp_path: Path) -> FilesystemWorkspaces:
        owner = (10_001, 10_001) if os.geteuid() == 0 else None
        return FilesystemWorkspaces(tmp_path / "workspaces", owner)
