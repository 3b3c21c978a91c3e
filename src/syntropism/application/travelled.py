"""The workspaces of agents that live on whichever host, as operators see them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from attrs import evolve, frozen

from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.snapshots import SnapshotFolders, Snapshots
from syntropism.application.ports.unit_of_work import StorageFailed, UnitOfWorkFactory
from syntropism.application.ports.workspaces import Listing, ShownWorkspaces
from syntropism.application.retrying import read
from syntropism.domain.execution.snapshots import WorkspaceVersion
from syntropism.domain.identifiers import AgentId


@frozen(slots=True, kw_only=True)
class TravelledWorkspaces:
    """The current version of each, fetched for the purpose; of those that never travelled, what
    lies ``here``. The last version of a dead agent is its archive."""

    store: UnitOfWorkFactory
    snapshots: Callable[[], Snapshots]
    folders: SnapshotFolders
    here: ShownWorkspaces

    def listing(self, agent_id: AgentId) -> Listing:
        """See the port; regular files, and the folders they lie in.

        Raises:
            StorageFailed: the object store does not answer, or what it gave is damaged.
        """
        with self._current(agent_id) as archive:
            if archive is None:
                return self.here.listing(agent_id)
            found = self.folders.listed(archive)
        agent = read(self.store, lambda uow: uow.agents.get(agent_id))
        return evolve(found, archived=agent is not None and not agent.living)

    def read(self, agent_id: AgentId, path: str, bytes_max: int) -> bytes:
        """See the port.

        Raises:
            StorageFailed: the object store does not answer, or what it gave is damaged.
        """
        with self._current(agent_id) as archive:
            if archive is None:
                return self.here.read(agent_id, path, bytes_max)
            return self.folders.read(archive, path, bytes_max)

    @contextmanager
    def _current(self, agent_id: AgentId) -> Iterator[BinaryIO | None]:
        head = self._head(agent_id)
        if head is None:
            yield None
            return
        with self._told(), self.folders.scratch() as archive:
            self._fetch(head, archive)
            archive.seek(0)
            yield archive

    def _fetch(self, head: WorkspaceVersion, archive: BinaryIO) -> None:
        """Fetches that version; or the one that took its place meanwhile, for then it is gone."""
        try:
            self.snapshots().fetch(head.snapshot, archive)
        except ProviderFailed:
            now = self._head(head.agent_id)
            if now is None or now == head:
                raise
            archive.seek(0)
            archive.truncate()
            self.snapshots().fetch(now.snapshot, archive)

    def _head(self, agent_id: AgentId) -> WorkspaceVersion | None:
        return read(self.store, lambda uow: uow.workspace_versions.head(agent_id))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except ProviderFailed as fault:
            raise StorageFailed(str(fault)) from fault
