"""Workspaces: each agent's persistent folder."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from attrs import frozen

from syntropism.domain.identifiers import AgentId


@frozen(slots=True)
class WorkspaceEntry:
    """A regular file in a workspace: its path below the root, and its size in bytes."""

    path: str
    size: int


class EntryKind(StrEnum):
    """What something in a workspace is. Nothing of it is ever followed or opened to find out."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    PIPE = "pipe"
    SOCKET = "socket"
    DEVICE = "device"
    OTHER = "other"


@frozen(slots=True)
class ListedEntry:
    """Anything in a workspace: its path below the root (bytes that are not UTF-8 escaped with
    backslashes), the bytes in it (0 unless it is a regular file), and what it is."""

    path: str
    size: int
    kind: EntryKind


@frozen(slots=True)
class Listing:
    """What lies in a workspace, ordered by path. ``archived``: as it was packed away at its
    agent's death. ``complete``: false when there was more than is told, or it could not be
    looked at."""

    entries: tuple[ListedEntry, ...]
    archived: bool = False
    complete: bool = True


class ShownWorkspaces(Protocol):
    """What operators may see of workspaces. Those that lie elsewhere are asked for there, where
    it may be that nobody answers: ``StorageFailed``."""

    def listing(self, agent_id: AgentId) -> Listing:
        """Everything that lies there, of any kind, at most 10,000 things; of a dead agent what
        was archived. Empty if there is neither."""
        ...

    def read(self, agent_id: AgentId, path: str, bytes_max: int) -> bytes:
        """The first ``bytes_max`` bytes of a regular file.

        Raises:
            NotFound: no such regular file (links and devices are not files).
            Invalid: a path that leaves the workspace.
        """
        ...


class Workspaces(ShownWorkspaces, Protocol):
    """Folders below one root, opened without ever following what agents planted."""

    def checkout(self, agent_id: AgentId, initial: Mapping[str, bytes]) -> Path:
        """The agent's folder on this host; made from ``initial`` (its version 1) if it is not
        there yet, completely or not at all.

        Raises:
            ProviderFailed: the host cannot store it (disk full, permission).
        """
        ...

    def entries(self, agent_id: AgentId) -> tuple[WorkspaceEntry, ...]:
        """The regular files, ordered by path; at most 10,000 of them. Empty if there is none."""
        ...

    def archive(self, agent_id: AgentId) -> None:
        """Packs the folder of a dead agent away and removes it; does nothing if it is gone.

        Raises:
            ProviderFailed: the host cannot store the archive; nothing was lost.
        """
        ...

    def archived(self) -> tuple[AgentId, ...]:
        """Whose folders were packed away here, in order.

        Raises:
            ProviderFailed: the host cannot tell.
        """
        ...

    def forget(self, agent_id: AgentId) -> None:
        """Removes what was packed away, for good; does nothing if there is nothing.

        Raises:
            ProviderFailed: the host does not let it go.
        """
        ...
