"""The workforce: what workers elsewhere may ask of the economy, behind their proven role.

Nothing is remembered between two requests, so any number of processes can answer them.
"""

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from syntropism.application.commands import working
from syntropism.application.desk import Desk
from syntropism.application.documents import timestamp
from syntropism.application.effects import Effects
from syntropism.application.operators.identity import WORKER, OperatorIdentity
from syntropism.application.ports.execution_queue import ExecutionQueue
from syntropism.application.ports.sandbox import WindowOutcome
from syntropism.application.ports.snapshots import Standings
from syntropism.application.ports.tokens import TokenIssuer
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.application.ports.worker_desk import HeldWindow, LeasedWindow, StartedWindow
from syntropism.application.queries import hosting
from syntropism.application.retrying import read, retried
from syntropism.application.rules import Rules
from syntropism.application.samples import Samples
from syntropism.domain.execution.workers import DeclaredWorker, require_worker_id
from syntropism.domain.identifiers import AgentId

LEASE_MS: Final = 15_000
"""How long a worker keeps its windows, and counts as live, without being heard of."""


@frozen(slots=True)
class Workforce:
    """Every method takes who asks, who must have the role ``worker`` (or ``admin``), and for
    which worker: one token may serve many of them."""

    store: UnitOfWorkFactory
    rules: Rules
    tokens: TokenIssuer
    queue: ExecutionQueue
    lease_ms: int = LEASE_MS
    snapshots: bool = False
    """Whether workspaces travel as snapshots; workers must agree."""
    samples: Samples | None = None
    """Where goes what workers tell that their windows use."""

    @retried
    def sign_on(
        self,
        who: OperatorIdentity,
        worker: str,
        capacity: tuple[int, int, int],
        *,
        draining: bool = False,
    ) -> Any:
        """A worker is there, with room for so much: thousandths of a core, thousandths of a
        megabyte, windows at once. To be repeated well within ``lease_seconds``.

        Raises:
            Forbidden: another role.
            Invalid: no name, or no room at all.
        """
        who.require(WORKER)
        worker_id = require_worker_id(worker)
        cpu_milli, memory_milli_mb, slots = capacity
        with self.store() as uow:
            fx = Effects(uow, self.rules, worker_id)
            declared = DeclaredWorker(
                id=worker_id,
                cpu_milli=cpu_milli,
                memory_milli_mb=memory_milli_mb,
                slots=slots,
                heartbeat_at=fx.now,
                expires_at=fx.now,
                draining=draining,
            )
            working.sign_on(fx, declared.seen(fx.now, self.lease_ms))
            uow.commit()
            return {
                "lease_seconds": self.lease_ms / 1000,
                "now": timestamp(fx.now),
                "snapshots": self.snapshots,
            }

    @retried
    def sign_off(self, who: OperatorIdentity, worker: str) -> Any:
        """A worker leaves."""
        who.require(WORKER)
        worker_id = require_worker_id(worker)
        with self.store() as uow:
            working.sign_off(Effects(uow, self.rules, worker_id), worker_id)
            uow.commit()
        return {}

    def needless(self, who: OperatorIdentity, standings: Standings) -> list[AgentId]:
        """Those of these agents whose folders a host may sweep; see ``hosting.needless``."""
        who.require(WORKER)
        return read(self.store, lambda uow: hosting.needless(uow, standings))

    def lease(self, who: OperatorIdentity, worker: str, limit: int) -> list[LeasedWindow]:
        """See :class:`WorkerDesk`, here and below."""
        return self._desk(who, worker).lease(limit)

    def start(self, who: OperatorIdentity, worker: str, window: HeldWindow) -> StartedWindow:
        return self._desk(who, worker).start(window)

    def goes_on(
        self,
        who: OperatorIdentity,
        worker: str,
        window: HeldWindow,
        cpu_ms: int = 0,
        memory_bytes: int = 0,
    ) -> bool:
        current = self._desk(who, worker).goes_on(window)
        if current and self.samples is not None and (cpu_ms or memory_bytes):
            self.samples.sample(window.execution_id, window.attempt, cpu_ms, memory_bytes)
        return current

    def report(
        self,
        who: OperatorIdentity,
        worker: str,
        window: HeldWindow,
        outcome: WindowOutcome,
        env: Mapping[str, Any],
    ) -> None:
        self._desk(who, worker).report(window, outcome, env)
        self._ended(window)

    def lose(
        self,
        who: OperatorIdentity,
        worker: str,
        window: HeldWindow,
        detail: str,
        env: Mapping[str, Any],
    ) -> None:
        self._desk(who, worker).lose(window, detail, env)
        self._ended(window)

    def _ended(self, window: HeldWindow) -> None:
        if self.samples is not None:
            self.samples.flush(window.execution_id, window.attempt)

    def _desk(self, who: OperatorIdentity, worker: str) -> Desk:
        who.require(WORKER)
        return Desk(
            worker_id=require_worker_id(worker),
            store=self.store,
            rules=self.rules,
            tokens=self.tokens,
            queue=self.queue,
            lease_ms=self.lease_ms,
            renews=True,
        )
