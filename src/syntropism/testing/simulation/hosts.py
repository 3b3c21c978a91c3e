"""Machines with disks of their own, and the workspaces that travel between them."""

from collections.abc import Callable
from typing import Final, TypeVar

from attrs import define, field, frozen

from syntropism.application.ports.snapshots import Snapshots
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.application.ports.worker_desk import LeasedWindow
from syntropism.application.ports.workspaces import Workspaces
from syntropism.application.snapshotting import SnapshotKeeper
from syntropism.application.worker import Worker
from syntropism.domain.errors import NotFound
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.execution.snapshots import attempt_behind
from syntropism.domain.identifiers import AgentId, ExecutionId
from syntropism.entrypoints.container import Host, object_store
from syntropism.testing.faults import (
    Faults,
    faulty_snapshot_folders,
    faulty_snapshots,
    faulty_workspaces,
)

T = TypeVar("T")

DIARY: Final = "diary"
"""The file in which every agent writes down which attempt of which window it lived last."""


def entry_of(execution_id: ExecutionId, attempt: int) -> str:
    """What an attempt writes down."""
    return f"{execution_id}.{attempt}"


class SteadyWorker(Worker):
    """A worker that waits for its workspaces itself: it has no thread beside."""

    __slots__ = ()

    def _while_held(self, window: LeasedWindow, deed: Callable[[], T]) -> T:  # noqa: ARG002
        return deed()


@define
class Hosts:
    """The disks of all machines, and the object store that is none of them. ``travelling``:
    workspaces go from host to host; otherwise all hosts share one disk."""

    faults: Faults
    plain: UnitOfWorkFactory
    travelling: bool
    settled: Callable[[], object]
    """Waits until no transaction is open."""
    store: Snapshots = field(factory=object_store)
    seen: list[str] = field(factory=list)
    """What was wrong with workspaces, a line each."""
    _hosts: dict[str, Host] = field(factory=dict)

    def host(self, worker: str) -> Host:
        """The machine of a worker, which survives it."""
        name = worker.partition(".")[0] if self.travelling else ""
        return self._hosts.setdefault(name, Host())

    def workspaces(self, worker: str) -> Workspaces:
        """The folders that a worker works on."""
        return faulty_workspaces(self.host(worker).workspaces, self.faults)

    def keeper(self, worker: str, sleep: Callable[[float], object]) -> SnapshotKeeper | None:
        """How workspaces come to a worker, and leave it."""
        if not self.travelling:
            return None
        return SnapshotKeeper(
            snapshots=faulty_snapshots(self.store, self.faults),
            folders=faulty_snapshot_folders(self.host(worker).folders, self.faults),
            workspaces=self.workspaces(worker),
            sleep=sleep,
        )

    def diary(self, worker: str) -> "Diary":
        """What the agents of a worker's windows read and write."""
        return Diary(self, self.host(worker))

    def missing(self) -> list[str]:
        """Current versions that nobody can fetch any more, a line each."""
        if not self.travelling:
            return []
        with self.plain(read_only=True) as uow:
            heads = {one.agent_id: one for one in uow.workspace_versions.everything()}
        names = set(self.store.names())
        return [
            f"the workspace of {agent} is lost: {head.snapshot} is not in the object store"
            for agent, head in heads.items()
            if head.snapshot not in names
        ]


@frozen
class Diary:
    """What agents remember in their workspaces: it must be what they wrote last."""

    hosts: Hosts
    host: Host

    def read(self, agent_id: AgentId, execution_id: ExecutionId, attempt: int) -> None:
        """The window has begun: the agent finds what its last window that counted wrote."""
        if not self.hosts.travelling:
            return
        self.hosts.settled()
        with self.hosts.plain(read_only=True) as uow:
            now, head = uow.executions.get(execution_id), uow.workspace_versions.head(agent_id)
        if now is None or (now.status, now.attempt) != (ExecutionStatus.RUNNING, attempt):
            return  # somebody else lives it: nothing of this will count
        left = attempt_behind(head.snapshot) if head is not None and head.snapshot else None
        try:
            found = self.host.workspaces.read(agent_id, DIARY, 1_000).decode()
        except NotFound:
            found = ""
        due = entry_of(*left) if left is not None else ""
        if found != due:
            self.hosts.seen.append(f"agent {agent_id} remembers {found!r} instead of {due!r}")

    def write(self, agent_id: AgentId, execution_id: ExecutionId, attempt: int) -> None:
        """The agent writes, whatever becomes of it."""
        self.host.write(agent_id, DIARY, entry_of(execution_id, attempt).encode())
