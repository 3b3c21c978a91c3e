"""What providers do to an agent's folder on the host, whatever its agent planted there."""

from pathlib import Path
from typing import Protocol

from attrs import frozen


@frozen(slots=True)
class WorkspaceUsage:
    """Bytes of regular files, and the number of entries of any kind, folders included."""

    size: int
    files: int


class WindowFiles(Protocol):
    """No link is ever followed, and nothing an agent does in its folder is a fault of ours. Only
    ``place_copy`` can fail."""

    def open_up(self, folder: Path) -> bool:
        """Gives the folder back the rights its owner took from itself; whether there is one."""
        ...

    def measure(self, folder: Path, files_max: int) -> WorkspaceUsage:
        """What is in it; once there are more than ``files_max`` entries the walk stops."""
        ...

    def place_copy(self, folder: Path, content: bytes, owner: tuple[int, int] | None) -> None:
        """Puts a read-only copy of ``env.json`` into it.

        Raises:
            OSError: the host cannot write.
        """
        ...

    def remove(self, folder: Path) -> None:
        """Removes a run folder, as far as the host lets us."""
        ...
