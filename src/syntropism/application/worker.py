"""The worker: leases queued windows, lives them in a sandbox, reports how they ended."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from attrs import frozen

from syntropism.application.ports.debugging import LASTS_MS, Debugging
from syntropism.application.ports.sandbox import (
    ProviderFailed,
    Sandbox,
    Termination,
    WindowOutcome,
    WindowSpec,
)
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.application.ports.usage_meter import UsageMeter
from syntropism.application.ports.worker_desk import LeasedWindow, WorkerDesk
from syntropism.application.ports.workspaces import Workspaces
from syntropism.application.snapshotting import SnapshotKeeper
from syntropism.domain.errors import Conflict

T = TypeVar("T")

HOLD_SECONDS: Final = 0.5
"""How often the lease is asked for while a workspace travels."""

_log: Final = logging.getLogger("syntropism.worker")


@frozen(slots=True, kw_only=True)
class Worker:
    """Runs up to ``slots`` windows at once; one at a time, in order, without threads, if 1.

    ``desk`` is where it takes windows, ``service_address`` what its sandboxes' sockets are
    relayed to; the desk, and ``meter`` if there is one, hear what is used while it is used.
    ``stopping`` turns true when the process is to end: windows are then given back.
    """

    desk: WorkerDesk
    sandbox: Sandbox
    workspaces: Workspaces
    service_address: tuple[str, int]
    slots: int = 1
    stopping: Callable[[], bool] = lambda: False
    debugging: Debugging | None = None
    meter: UsageMeter | None = None
    snapshots: SnapshotKeeper | None = None
    """How workspaces travel; ``None``: they are used in place."""

    def run_queued(self) -> int:
        """Lives every queued window to its end; tells how many."""
        count = 0
        while not self.stopping():
            windows = self.desk.lease(self.slots * 4)
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

    def live(self, window: LeasedWindow) -> None:
        """One attempt of one window, from its lease to its report."""
        env: Mapping[str, Any] = {}
        taken_away: list[str] = []
        used = (0, 0)

        def sampled(cpu_ms: int, memory_bytes: int) -> None:
            nonlocal used
            used = cpu_ms, memory_bytes
            if self.meter is not None:
                self.meter.sample(window.execution_id, window.attempt, cpu_ms, memory_bytes)

        def cancelled() -> bool:
            if self.stopping():
                taken_away.append("the worker was stopped")
            elif not self.desk.goes_on(window, *used):
                taken_away.append("the worker lost touch with the economy")
            return bool(taken_away)

        held = ExitStack()
        try:
            folder = self._checkout(window, held)
            started = self.desk.start(window)
            env = started.env
            spec = WindowSpec(
                execution_id=window.execution_id,
                agent_id=window.agent_id,
                attempt=window.attempt,
                bundle=window.bundle,
                workspace=folder,
                env_document=env,
                environment=_variables(window, started.token),
                service_address=self.service_address,
                duration_ms=LASTS_MS if started.debug else window.bundle.duration_ms,
                debug=self.debugging if started.debug else None,
                sampled=sampled,
            )
            outcome = self._lived(spec, cancelled)
            if self.stopping():
                taken_away.append("the worker was stopped")
            lost = bool(taken_away) and outcome.termination is Termination.KILLED
            if self.snapshots is not None and not lost:
                keeper, lived = self.snapshots, outcome
                outcome = self._while_held(window, lambda: keeper.leave(window, lived))
        except ProviderFailed as fault:
            _log.warning("a fault of ours ended an attempt: %s", fault)
            self.desk.lose(window, str(fault), env)
            return
        except Conflict:
            return
        finally:
            held.close()
            if self.meter is not None:
                self.meter.flush(window.execution_id, window.attempt)
        if lost:
            self.desk.lose(window, taken_away[0], env)
            return
        self.desk.report(window, outcome, env)

    def _checkout(self, window: LeasedWindow, held: ExitStack) -> Path:
        """The folder of the agent, as the version that the window starts from."""
        keeper = self.snapshots
        if keeper is None:
            if window.snapshot:
                raise ProviderFailed("workspaces travel as snapshots: set nats.snapshots here too")
            return self.workspaces.checkout(window.agent_id, window.files)

        def bring() -> Path:
            held.enter_context(keeper.folders.held(window.agent_id))
            return keeper.check_out(window)

        return self._while_held(window, bring)

    def _while_held(self, window: LeasedWindow, deed: Callable[[], T]) -> T:
        """What ``deed`` gives, which may take longer than the lease.

        Raises:
            ProviderFailed: the attempt is no longer current, or the deed failed so.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="workspace") as pool:
            done = pool.submit(deed)
            current = True
            while not wait([done], HOLD_SECONDS).done:
                current = current and self.desk.goes_on(window)
        answer = done.result()
        if not current:
            raise ProviderFailed("the worker lost touch with the economy")
        return answer

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


def _variables(window: LeasedWindow, token: str) -> dict[str, str]:
    return {
        "AGENT_ID": window.agent_id,
        "EXECUTION_ID": window.execution_id,
        "SYSTEM_SERVICE_TOKEN": token,
        "OPENAI_API_KEY": token,
        "TRACEPARENT": f"00-{UUID(window.execution_id).hex}-{window.attempt:016x}-01",
    }
