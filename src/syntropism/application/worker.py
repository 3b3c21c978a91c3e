"""The worker: leases queued windows, lives them in a sandbox, reports how they ended."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from attrs import frozen

from syntropism.application.commands.windows import (
    end_window,
    lease_windows,
    lose_window,
    start_window,
)
from syntropism.application.effects import Effects
from syntropism.application.ports.clock import Clock
from syntropism.application.ports.sandbox import (
    ProviderFailed,
    Sandbox,
    Termination,
    WindowOutcome,
    WindowSpec,
)
from syntropism.application.ports.tokens import AgentIdentity, TokenIssuer
from syntropism.application.ports.unit_of_work import StorageFailed, UnitOfWorkFactory
from syntropism.application.ports.workspaces import Workspaces
from syntropism.application.queries.execution import environment
from syntropism.application.rules import Rules
from syntropism.domain.errors import Conflict
from syntropism.domain.execution.executions import Execution, ExecutionStatus, Usage
from syntropism.domain.identifiers import WorkerId

_log: Final = logging.getLogger("syntropism.worker")

LEASE_MS: Final = 60_000
"""How long a worker may take between leasing a window and starting it."""

MARGIN_MS: Final = 30_000
"""How long a lease outlives its window's deadline."""


@frozen(slots=True, kw_only=True)
class Worker:
    """Runs up to ``slots`` windows at once; one at a time, in order, without threads, if 1.

    ``stopping`` turns true when the process is to end: windows are then given back.
    """

    id: WorkerId
    store: UnitOfWorkFactory
    rules: Rules
    sandbox: Sandbox
    workspaces: Workspaces
    tokens: TokenIssuer
    clock: Clock
    service_address: tuple[str, int]
    slots: int = 1
    stopping: Callable[[], bool] = lambda: False

    def run_queued(self) -> int:
        """Lives every queued window to its end; tells how many."""
        count = 0
        while not self.stopping():
            windows = self._lease()
            if not windows:
                break
            count += len(windows)
            if self.slots == 1:
                for window in windows:
                    self.live(window)
                continue
            with ThreadPoolExecutor(self.slots, thread_name_prefix="window") as pool:
                for outcome in [pool.submit(self.live, window) for window in windows]:
                    outcome.result()
        return count

    def _lease(self) -> list[Execution]:
        with self.store() as uow:
            fx = Effects(uow, self.rules, self.id)
            windows = lease_windows(fx, self.id, self.slots * 4, LEASE_MS)
            if windows:
                uow.commit()
            return windows

    def live(self, leased: Execution) -> None:
        """One attempt of one window, from its lease to its report."""
        env: Mapping[str, Any] = {}
        try:
            with self.store(read_only=True) as uow:
                files = uow.workspace_files.get(leased.agent_id)
            folder = self.workspaces.checkout(leased.agent_id, files)
            window, env = self._start(leased)
            spec = WindowSpec(
                execution_id=window.id,
                agent_id=window.agent_id,
                attempt=window.attempt,
                bundle=window.bundle,
                workspace=folder,
                env_document=env,
                environment=self._variables(window),
                service_address=self.service_address,
                duration_ms=window.bundle.duration_ms,
            )
            outcome = self._lived(spec, self._cancellation(window))
        except ProviderFailed as fault:
            self._lose(leased, str(fault), env)
            return
        except Conflict:
            return
        if self.stopping() and outcome.termination.value == "killed":
            self._lose(leased, "the worker was stopped", env)
            return
        self._report(window, outcome, env)

    def _lived(self, spec: WindowSpec, cancelled: Callable[[], bool]) -> WindowOutcome:
        """How the window ended. What no provider foresaw is the agent's, like anything ambiguous:
        no agent can stop the others by what it makes us stumble over."""
        try:
            return self.sandbox.run(spec, cancelled)
        except (ProviderFailed, StorageFailed, Conflict):
            raise
        except Exception as bug:
            _log.exception("the sandbox stumbled over window %s", spec.execution_id)
            detail = f"the sandbox stumbled over it: {type(bug).__name__}"
            return WindowOutcome(termination=Termination.FAILED, detail=detail)

    def _start(self, leased: Execution) -> tuple[Execution, dict[str, Any]]:
        with self.store() as uow:
            fx = Effects(uow, self.rules, self.id, correlation=leased.id)
            window = start_window(fx, leased.id, leased.attempt, MARGIN_MS)
            env = environment(uow, self.rules.parameters, window)
            uow.commit()
            return window, env

    def _variables(self, window: Execution) -> dict[str, str]:
        assert window.deadline is not None
        grace = timedelta(milliseconds=self.rules.parameters.token_grace_ms)
        identity = AgentIdentity(window.agent_id, window.id, window.attempt)
        token = self.tokens.issue(identity, window.deadline + grace)
        return {
            "AGENT_ID": window.agent_id,
            "EXECUTION_ID": window.id,
            "SYSTEM_SERVICE_TOKEN": token,
            "OPENAI_API_KEY": token,
            "TRACEPARENT": f"00-{UUID(window.id).hex}-{window.attempt:016x}-01",
        }

    def _cancellation(self, window: Execution) -> Callable[[], bool]:
        """True once the process is to end, or somebody has ended the window (its agent died)."""

        def cancelled() -> bool:
            if self.stopping():
                return True
            with self.store(read_only=True) as uow:
                now = uow.executions.get(window.id)
            return now is None or now.final or now.attempt != window.attempt

        return cancelled

    def _report(self, window: Execution, outcome: WindowOutcome, env: Mapping[str, Any]) -> None:
        with self.store() as uow:
            end_window(
                Effects(uow, self.rules, self.id, correlation=window.id),
                window.id,
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
            )
            uow.commit()

    def _lose(self, window: Execution, detail: str, env: Mapping[str, Any]) -> None:
        with self.store() as uow:
            fx = Effects(uow, self.rules, self.id, correlation=window.id)
            lose_window(fx, window.id, window.attempt, detail, env)
            uow.commit()
