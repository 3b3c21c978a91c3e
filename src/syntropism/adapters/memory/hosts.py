"""A host whose workspaces are kept in memory, and travel as snapshots."""

import io
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.snapshots import Standings
from syntropism.application.ports.workspaces import Listing
from syntropism.domain.identifiers import AgentId

_ANYBODY: Final = AgentId("anybody")


class MemorySnapshotFolders:
    """The workspaces of one host, as far as they stand for snapshots."""

    def __init__(self, workspaces: MemoryWorkspaces) -> None:
        self._workspaces = workspaces
        self._marks: dict[AgentId, str] = {}
        self._held: set[AgentId] = set()

    @contextmanager
    def held(self, agent_id: AgentId) -> Iterator[None]:
        if agent_id in self._held:
            raise ProviderFailed(f"the workspace of agent {agent_id} is in the hands of another")
        self._held.add(agent_id)
        try:
            yield
        finally:
            self._held.discard(agent_id)

    def standing(self, agent_id: AgentId) -> str | None:
        there = self._workspaces.holds(agent_id)
        return self._marks.get(agent_id) if there else ""

    def mark(self, agent_id: AgentId, snapshot: str) -> None:
        self._marks[agent_id] = snapshot

    @contextmanager
    def scratch(self) -> Iterator[BinaryIO]:
        with io.BytesIO() as file:
            yield file

    def pack(self, agent_id: AgentId, target: BinaryIO) -> None:
        files = self._workspaces.files(agent_id)
        named = {path: b64encode(files[path]).decode() for path in sorted(files)}
        target.write(json.dumps(named).encode())

    def unpack(self, agent_id: AgentId, source: BinaryIO) -> None:
        self._workspaces.replace(agent_id, _files_in(source))

    def listed(self, source: BinaryIO) -> Listing:
        return _packed(source).listing(_ANYBODY)

    def read(self, source: BinaryIO, path: str, bytes_max: int) -> bytes:
        return _packed(source).read(_ANYBODY, path, bytes_max)

    def clear(self, agent_id: AgentId) -> None:
        self._workspaces.replace(agent_id, None)

    def standings(self, older_than_seconds: float = 0) -> Standings:
        """See the port; nothing here grows old."""
        if older_than_seconds > 0:
            return {}
        known = sorted({*self._marks, *self._workspaces.everybody()})
        return {agent_id: self.standing(agent_id) for agent_id in known}

    def sweep(self, agent_id: AgentId, snapshot: str | None) -> bool:
        if agent_id in self._held or self.standing(agent_id) != snapshot:
            return False
        self.clear(agent_id)
        self._marks.pop(agent_id, None)
        return True


def _files_in(archive: BinaryIO) -> dict[str, bytes]:
    try:
        return {path: b64decode(text) for path, text in json.load(archive).items()}
    except (ValueError, AttributeError, TypeError):
        raise ProviderFailed("the snapshot is damaged") from None


def _packed(archive: BinaryIO) -> MemoryWorkspaces:
    found = MemoryWorkspaces()
    found.replace(_ANYBODY, _files_in(archive))
    return found
