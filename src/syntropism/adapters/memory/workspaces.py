"""Workspaces as dictionaries of bytes, for agents that are Python callables."""

from collections.abc import Mapping
from pathlib import Path

from syntropism.application.ports.workspaces import EntryKind, ListedEntry, Listing, WorkspaceEntry
from syntropism.domain.errors import NotFound
from syntropism.domain.identifiers import AgentId
from syntropism.domain.population.files import require_path


class MemoryWorkspaces:
    """Files by agent; the paths they are checked out to exist in name only."""

    def __init__(self) -> None:
        self._files: dict[AgentId, dict[str, bytes]] = {}
        self._archived: dict[AgentId, dict[str, bytes]] = {}

    def checkout(self, agent_id: AgentId, initial: Mapping[str, bytes]) -> Path:
        self._files.setdefault(agent_id, dict(initial))
        return Path(f"agent-{agent_id}")

    def entries(self, agent_id: AgentId) -> tuple[WorkspaceEntry, ...]:
        files = self._files.get(agent_id, {})
        return tuple(WorkspaceEntry(path, len(files[path])) for path in sorted(files))

    def listing(self, agent_id: AgentId) -> Listing:
        archived = agent_id not in self._files and agent_id in self._archived
        files = (self._archived if archived else self._files).get(agent_id, {})
        found = {path: ListedEntry(path, len(files[path]), EntryKind.FILE) for path in files}
        for path in files:
            parts = path.split("/")
            for depth in range(1, len(parts)):
                folder = "/".join(parts[:depth])
                found[folder] = ListedEntry(folder, 0, EntryKind.FOLDER)
        return Listing(tuple(found[path] for path in sorted(found)), archived)

    def read(self, agent_id: AgentId, path: str, bytes_max: int) -> bytes:
        content = self._files.get(agent_id, {}).get(require_path(path))
        if content is None:
            raise NotFound(f"there is no file {path}", path=path)
        return content[:bytes_max]

    def write(self, agent_id: AgentId, path: str, content: bytes) -> None:
        """Keeps a file as the agent would."""
        self._files.setdefault(agent_id, {})[require_path(path)] = content

    def everybody(self) -> tuple[AgentId, ...]:
        """Who has a workspace."""
        return tuple(self._files)

    def holds(self, agent_id: AgentId) -> bool:
        """Whether there is a workspace."""
        return agent_id in self._files

    def files(self, agent_id: AgentId) -> dict[str, bytes]:
        """All files of an agent by path."""
        return dict(self._files.get(agent_id, {}))

    def replace(self, agent_id: AgentId, files: Mapping[str, bytes] | None) -> None:
        """Other files in place of those; ``None``: there is no workspace."""
        if files is None:
            self._files.pop(agent_id, None)
        else:
            self._files[agent_id] = dict(files)

    def archive(self, agent_id: AgentId) -> None:
        files = self._files.pop(agent_id, None)
        if files is not None:
            self._archived[agent_id] = files

    def archived(self) -> tuple[AgentId, ...]:
        return tuple(sorted(self._archived))

    def forget(self, agent_id: AgentId) -> None:
        self._archived.pop(agent_id, None)
