"""Workspaces: each agent's persistent folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from attrs import frozen

from syntropism.domain.identifiers import AgentId


@frozen(slots=True)
class WorkspaceEntry:
    """A regular file in a workspace: its path below the root, and its size in bytes."""

    path: str
    size: int


class Workspaces(Protocol):
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

    def read(self, agent_id: AgentId, path: str, bytes_max: int) -> bytes:
        """The first ``bytes_max`` bytes of a regular file.

        Raises:
            NotFound: no such regular file (links and devices are not files).
            Invalid: a path that leaves the workspace.
        """
        ...

    def archive(self, agent_id: AgentId) -> None:
        """Packs the folder of a dead agent away and removes it; does nothing if it is gone."""
        ...
