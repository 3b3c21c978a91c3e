"""The worker's desk: all that a worker needs of the economy. In the same process these are the
commands themselves; for a worker elsewhere they are requests to the API."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from syntropism.application.ports.sandbox import WindowOutcome
from syntropism.domain.identifiers import AgentId, ExecutionId
from syntropism.domain.market.resources import Bundle


@frozen(slots=True, kw_only=True)
class HeldWindow:
    """One attempt that a worker has; ``receipt`` is the queue's."""

    execution_id: ExecutionId
    attempt: int
    receipt: str


@frozen(slots=True, kw_only=True)
class LeasedWindow(HeldWindow):
    """A window for one attempt of one worker. ``files`` are those its agent was born with, for
    a workspace that is not there yet; ``snapshot`` is the object that holds the version of the
    workspace that the window starts from, empty for the first one."""

    agent_id: AgentId
    bundle: Bundle
    files: Mapping[str, bytes]
    snapshot: str = ""


@frozen(slots=True, kw_only=True)
class StartedWindow:
    """What an attempt begins with: its ``env.json`` and its token, which whoever holds the
    signing key has minted; and whether it is to be debugged, its deadline lifted."""

    env: Mapping[str, Any]
    token: str
    debug: bool = False


class WorkerDesk(Protocol):
    """Where one worker takes windows and reports how they ended.

    All methods raise ``StorageFailed`` while the economy cannot be reached (``StorageAway``); what
    was asked for may have happened all the same.
    """

    def lease(self, limit: int) -> Sequence[LeasedWindow]:
        """Up to ``limit`` queued windows, each for a new attempt; as far as the worker has room
        for them."""
        ...

    def start(self, window: HeldWindow) -> StartedWindow:
        """The attempt begins now.

        Raises:
            Conflict: it is no longer current (its agent died, or another worker has it).
        """
        ...

    def goes_on(self, window: HeldWindow, cpu_ms: int = 0, memory_bytes: int = 0) -> bool:
        """Whether the attempt is still current; asked at least twice a second. Who asks keeps
        the lease, and tells the CPU burnt so far and the memory in use. False also when nobody
        has answered for so long that the lease is over."""
        ...

    def report(self, window: HeldWindow, outcome: WindowOutcome, env: Mapping[str, Any]) -> None:
        """How the agent's window ended. Repeatable; of an attempt that is no longer current it
        changes nothing."""
        ...

    def lose(self, window: HeldWindow, detail: str, env: Mapping[str, Any]) -> None:
        """A fault of ours ended the attempt, for the reason ``detail``. Repeatable, as above."""
        ...
