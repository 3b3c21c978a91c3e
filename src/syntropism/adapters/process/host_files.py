"""Agents' folders on this host, for providers that share them."""

from pathlib import Path

from syntropism.adapters.process import run_folder, workspace_usage
from syntropism.application.ports.window_files import WorkspaceUsage


class HostFiles:
    """The port ``WindowFiles``, by directory descriptors."""

    def open_up(self, folder: Path) -> bool:
        """See the port."""
        return workspace_usage.open_up(folder)

    def measure(self, folder: Path, files_max: int) -> WorkspaceUsage:
        """See the port."""
        return workspace_usage.measure(folder, files_max)

    def place_copy(self, folder: Path, content: bytes, owner: tuple[int, int] | None) -> None:
        """See the port."""
        run_folder.place_copy(folder, content, owner)

    def remove(self, folder: Path) -> None:
        """See the port."""
        run_folder.remove(folder)
