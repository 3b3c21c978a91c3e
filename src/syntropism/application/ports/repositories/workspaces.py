"""The files agents are born with, and the later versions of their workspaces."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from syntropism.domain.execution.snapshots import WorkspaceVersion
from syntropism.domain.identifiers import AgentId


class WorkspaceFiles(Protocol):
    """The files agents are born with: version 1 of their workspaces."""

    def add(self, agent_id: AgentId, files: Mapping[str, bytes]) -> None: ...

    def get(self, agent_id: AgentId) -> dict[str, bytes]: ...

    def of(self, agent_ids: Iterable[AgentId]) -> dict[AgentId, dict[str, bytes]]:
        """The same for several agents at once; those without files are left out."""
        ...


class WorkspaceVersions(Protocol):
    """Which snapshots are the later versions of workspaces; none where they are used in place."""

    def head(self, agent_id: AgentId) -> WorkspaceVersion | None:
        """The current version; ``None`` if that is the one the agent was born with."""
        ...

    def heads(self, agent_ids: Iterable[AgentId]) -> dict[AgentId, WorkspaceVersion]:
        """The same for several agents at once; those that are as they were born are left out."""
        ...

    def add(self, version: WorkspaceVersion) -> None: ...

    def everything(self) -> list[WorkspaceVersion]:
        """All that are known, by agent and version."""
        ...

    def remove(self, versions: Sequence[WorkspaceVersion]) -> None:
        """Forgets them; those that are not there are passed over."""
        ...
