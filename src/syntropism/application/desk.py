"""The desk from inside: what a worker asks for, as commands, one transaction each."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from attrs import field, frozen

from syntropism.application.commands.windows import (
    end_window,
    lease_windows,
    lose_window,
    renew_window,
    start_window,
    take_back,
)
from syntropism.application.effects import Effects
from syntropism.application.ports.debugging import LASTS_MS, DebugOrder
from syntropism.application.ports.execution_queue import ExecutionQueue
from syntropism.application.ports.sandbox import WindowOutcome
from syntropism.application.ports.tokens import AgentIdentity, TokenIssuer
from syntropism.application.ports.unit_of_work import StorageFailed, UnitOfWork, UnitOfWorkFactory
from syntropism.application.ports.worker_desk import HeldWindow, LeasedWindow, StartedWindow
from syntropism.application.queries.execution import environment
from syntropism.application.retrying import retried
from syntropism.application.row_queue import RowQueue
from syntropism.application.rules import Rules
from syntropism.domain.execution.executions import Execution, ExecutionStatus, Usage
from syntropism.domain.identifiers import ExecutionId, WorkerId

LEASE_MS: Final = 60_000
"""How long a worker in this process may take between leasing a window and starting it."""

MARGIN_MS: Final = 30_000
"""How long a lease outlives its window's deadline."""

LOOKS_MAX: Final = 4
WIDER: Final = 4
"""How often a worker looks further for windows that it has room for, and how much further."""

AGAIN_MS: Final = 1_000
"""When to tell again of a window that could not be leased now."""

Look = tuple[int, list[LeasedWindow]]
"""How many windows a worker was told of, and those of them that it was given."""


@frozen(slots=True, kw_only=True)
class Desk:
    """Where the worker ``worker_id`` takes windows and reports how they ended.

    A worker elsewhere can be gone at any moment, so it holds its windows by leases of
    ``lease_ms`` that it ``renews``; one in this process holds them beyond their deadlines.
    """

    worker_id: WorkerId
    store: UnitOfWorkFactory
    rules: Rules
    tokens: TokenIssuer
    queue: ExecutionQueue
    lease_ms: int = LEASE_MS
    renews: bool = False
    debugged: DebugOrder = field(factory=DebugOrder)
    """The one agent whose deadline, and with it the expiry of its token, is lifted."""

    def lease(self, limit: int) -> list[LeasedWindow]:
        """See the port. Windows that this worker has no room for do not hide those behind
        them: then it looks further, a few times, and keeps what it has when that fails."""
        windows: list[LeasedWindow] = []
        asked = limit
        for _ in range(LOOKS_MAX):
            room = limit - len(windows)
            try:
                if isinstance(self.queue, RowQueue):
                    told, taken = self._leased_rows(self.queue, room, asked)
                else:
                    told, taken = self._from_queue(self.queue, room, asked)
            except StorageFailed:
                if windows:
                    break
                raise
            windows += taken
            if len(taken) == told or len(windows) == limit or told < asked:
                break
            asked *= WIDER
        return windows

    @retried
    def _leased_rows(self, rows: RowQueue, limit: int, asked: int) -> Look:
        """Rows that are the queue themselves are found and leased in one transaction."""
        with self.store() as uow:
            candidates = rows.queued(uow, self.worker_id, asked)
            if not candidates:
                return 0, []
            fx = Effects(uow, self.rules, self.worker_id)
            leased = lease_windows(fx, self.worker_id, limit, self.lease_ms, candidates)
            windows = self._windows(uow, leased, {one.id: rows.receipt(one) for one in candidates})
            uow.commit()
            return len(candidates), windows

    def _from_queue(self, queue: ExecutionQueue, limit: int, asked: int) -> Look:
        """Those of the delivered that could be leased; the queue hears of all, and soon tells
        again of what it delivered while the store did not answer."""
        delivered = queue.claim(self.worker_id, asked)
        if not delivered:
            return 0, []
        receipts = {one.execution_id: one.receipt for one in delivered}
        try:
            windows, waits = self._leased(limit, receipts)
        except StorageFailed:
            self._tell(receipts, dict.fromkeys(receipts, AGAIN_MS))
            raise
        self._tell(receipts, waits)
        return len(delivered), windows

    def _tell(
        self, receipts: Mapping[ExecutionId, str], waits: Mapping[ExecutionId, int | None]
    ) -> None:
        """What the queue does not hear runs out there by itself; what was leased stays so."""
        with suppress(StorageFailed):
            for one, milliseconds in waits.items():
                if milliseconds is None:
                    self.queue.done(receipts[one])
                else:
                    self.queue.give_back(receipts[one], milliseconds)

    @retried
    def _leased(
        self, limit: int, receipts: Mapping[ExecutionId, str]
    ) -> tuple[list[LeasedWindow], dict[ExecutionId, int | None]]:
        """The windows that could be leased; and of the others, when to tell of them again."""
        with self.store() as uow:
            fx = Effects(uow, self.rules, self.worker_id)
            candidates = uow.executions.queued_among(receipts)
            leased = lease_windows(fx, self.worker_id, limit, self.lease_ms, candidates)
            windows = self._windows(uow, leased, receipts)
            taken = {one.id for one in leased}
            waits = {one: self._waits(fx, one) for one in receipts if one not in taken}
            uow.commit()
            return windows, waits

    def _waits(self, fx: Effects, execution_id: ExecutionId) -> int | None:
        """In how many milliseconds to tell again of a window that could not be leased; ``None``
        for never. A worker that is gone is noticed here too."""
        found = fx.uow.executions.get(execution_id)
        if found is None or found.final:
            return None
        now = take_back(fx, found)
        if now.final:
            return None
        return AGAIN_MS if now is found else 0

    def _windows(
        self, uow: UnitOfWork, leased: Sequence[Execution], receipts: Mapping[ExecutionId, str]
    ) -> list[LeasedWindow]:
        agents = [one.agent_id for one in leased]
        files = uow.workspace_files.of(agents) if agents else {}
        heads = uow.workspace_versions.heads(agents) if agents else {}
        return [
            LeasedWindow(
                execution_id=one.id,
                agent_id=one.agent_id,
                attempt=one.attempt,
                bundle=one.bundle,
                files=files.get(one.agent_id, {}),
                receipt=receipts[one.id],
                snapshot=heads[one.agent_id].snapshot if one.agent_id in heads else "",
            )
            for one in leased
        ]

    @retried
    def start(self, window: HeldWindow) -> StartedWindow:
        """See the port."""
        debug = isinstance(window, LeasedWindow) and self.debugged.concerns(window.agent_id)
        with self.store() as uow:
            fx = self._effects(uow, window)
            started = self._started(fx, window, debug=debug)
            env = environment(uow, self.rules.parameters, started, debug=debug)
            uow.commit()
        assert started.deadline is not None
        grace = timedelta(milliseconds=self.rules.parameters.token_grace_ms)
        identity = AgentIdentity(started.agent_id, started.id, started.attempt)
        token = self.tokens.issue(identity, started.deadline + grace)
        return StartedWindow(env=env, token=token, debug=debug)

    def _started(self, fx: Effects, window: HeldWindow, *, debug: bool) -> Execution:
        if self.renews:  # the answer to an earlier request may have been lost on its way
            found = fx.uow.executions.get(window.execution_id)
            running = found is not None and found.status is ExecutionStatus.RUNNING
            if found is not None and running and found.under_way(window.attempt):
                return found
        return start_window(
            fx,
            window.execution_id,
            window.attempt,
            MARGIN_MS,
            self.lease_ms if self.renews else None,
            lifted_ms=LASTS_MS if debug else None,
        )

    def goes_on(
        self,
        window: HeldWindow,
        cpu_ms: int = 0,  # noqa: ARG002
        memory_bytes: int = 0,  # noqa: ARG002
    ) -> bool:
        """See the port. What is used, a worker in this process tells the meter itself."""
        if self.renews:
            return self._renewed(window)
        with self.store(read_only=True) as uow:
            now = uow.executions.get(window.execution_id)
        return now is not None and not now.final and now.attempt == window.attempt

    @retried
    def _renewed(self, window: HeldWindow) -> bool:
        with self.store() as uow:
            fx = self._effects(uow, window)
            current = renew_window(
                fx, window.execution_id, window.attempt, MARGIN_MS, self.lease_ms
            )
            uow.commit()
        if current:
            self.queue.extend(window.receipt)
        return current

    @retried
    def report(self, window: HeldWindow, outcome: WindowOutcome, env: Mapping[str, Any]) -> None:
        """See the port."""
        with self.store() as uow:
            end_window(
                self._effects(uow, window),
                window.execution_id,
                window.attempt,
                ExecutionStatus(outcome.termination.value),
                Usage(
                    cpu_ms=outcome.cpu_ms,
                    memory_peak_bytes=outcome.memory_peak_bytes,
                    wall_ms=outcome.wall_ms,
                    workspace_bytes=outcome.workspace_bytes,
                    workspace_files=outcome.workspace_files,
                ),
                exit_code=outcome.exit_code,
                detail=outcome.detail,
                log=outcome.log,
                env=env,
                snapshot=outcome.snapshot,
            )
            over = _over(uow, window)
            uow.commit()
        self._told(window, over=over)

    @retried
    def lose(self, window: HeldWindow, detail: str, env: Mapping[str, Any]) -> None:
        """See the port."""
        with self.store() as uow:
            fx = self._effects(uow, window)
            lose_window(fx, window.execution_id, window.attempt, detail, env)
            over = _over(uow, window)
            uow.commit()
        self._told(window, over=over)

    def _told(self, window: HeldWindow, *, over: bool) -> None:
        """What the queue is to do with the delivery. An attempt that was taken back says nothing
        about the next one, which somebody must still be told of."""
        if over:
            self.queue.done(window.receipt)
        else:
            self.queue.give_back(window.receipt, 0)

    def _effects(self, uow: UnitOfWork, window: HeldWindow) -> Effects:
        return Effects(uow, self.rules, self.worker_id, correlation=window.execution_id)


def _over(uow: UnitOfWork, window: HeldWindow) -> bool:
    """Whether the execution has its final outcome (or never was)."""
    found = uow.executions.get(window.execution_id)
    return found is None or found.final
