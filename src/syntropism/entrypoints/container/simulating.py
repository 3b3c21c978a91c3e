"""What simulated machines are made of: the world outside of a process, kept in this one."""

from collections.abc import Callable

from attrs import field, frozen

from syntropism.adapters.memory.hosts import MemorySnapshotFolders
from syntropism.adapters.memory.publishing import MemoryPublisher, MemoryStream
from syntropism.adapters.memory.queue import MemoryQueue
from syntropism.adapters.memory.snapshots import MemorySnapshots
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.application.ports.event_publisher import EventPublisher
from syntropism.application.ports.execution_queue import ExecutionQueue
from syntropism.application.ports.snapshots import SnapshotFolders, Snapshots
from syntropism.application.ports.workspaces import Workspaces
from syntropism.domain.events import Event
from syntropism.domain.identifiers import AgentId


def message_queue(seconds: Callable[[], float]) -> ExecutionQueue:
    """A broker of messages in this process, on a clock of its own."""
    return MemoryQueue(seconds)


def object_store() -> Snapshots:
    """Where snapshots travel through."""
    return MemorySnapshots()


@frozen(slots=True)
class Stream:
    """A stream of events; any number of publishers share it."""

    _stream: MemoryStream = field(factory=MemoryStream)

    @property
    def events(self) -> list[Event]:
        """What is out, in order."""
        return self._stream.events

    def publisher(self) -> EventPublisher:
        """One more of them."""
        return MemoryPublisher(self._stream)


@frozen(slots=True)
class Host:
    """One machine: the workspaces on its disk."""

    _kept: MemoryWorkspaces = field(factory=MemoryWorkspaces)
    folders: SnapshotFolders = field(init=False)

    @folders.default
    def _made(self) -> SnapshotFolders:
        return MemorySnapshotFolders(self._kept)

    @property
    def workspaces(self) -> Workspaces:
        """The folders themselves."""
        return self._kept

    def write(self, agent_id: AgentId, path: str, content: bytes) -> None:
        """What the agent itself does."""
        self._kept.write(agent_id, path, content)
