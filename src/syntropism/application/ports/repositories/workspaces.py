"""The files agents are born with, and the later versions of their workspaces."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from syntropism.domain.execution.snapshots import WorkspaceVersion
from syntropism.domain.identifiers import AgentId


class WorkspaceFiles(Protocol):
    """The files agents are born with: version 1 of their workspaces."""

    def add(self, agent_id: AgentId, files: Mapping[str, bytes]) -> None: ...

    def get(self, agent_id: AgentId) -> dict[str, bytes]: ...


class WorkspaceVersions(Protocol):
    """Which snapshots are the later versions of workspaces; none where they are used in place."""

    def head(self, agent_id: AgentId) -> WorkspaceVersion | None:
        """The current version; ``None`` if that is the one the agent was born with."""
        ...

    def add(self, version: WorkspaceVersion) -> None: ...

    def everything(self) -> list[WorkspaceVersion]:
        """All that are known, by agent and version."""
        ...

    def remove(self, versions: Sequence[WorkspaceVersion]) -> None:
        """Forgets them; those that are not there are passed over."""
        ...
