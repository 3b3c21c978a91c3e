"""What workers do, and what is done when they are lost."""

from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from syntropism.application.commands import windows
from syntropism.domain.execution.executions import ExecutionStatus, Usage
from syntropism.domain.identifiers import ExecutionId, WorkerId
from syntropism.testing.machine.comparison import PLACES, Comparison, answer_of, pick
from syntropism.testing.model.cycles import LEASE_SECONDS, MARGIN_SECONDS

_OUTCOMES: Final = (
    ExecutionStatus.COMPLETED,
    ExecutionStatus.FAILED,
    ExecutionStatus.TIMED_OUT,
    ExecutionStatus.OOM_KILLED,
    ExecutionStatus.CPU_EXHAUSTED,
    ExecutionStatus.KILLED,
)


class Workers(Comparison):
    """Workers lease windows, start them and report how they ended: in time, late, twice."""

    @rule(limit=st.integers(1, 4))
    def lease(self, limit: int) -> None:
        """A worker leases queued windows."""
        leased = self.system(
            lambda fx: windows.lease_windows(
                fx, WorkerId("worker"), limit, int(LEASE_SECONDS * 1000)
            )
        )
        assert [one.id for one in leased] == self.model.lease(limit)

    @rule(which=PLACES)
    def start(self, which: int) -> None:
        """A worker starts an attempt, perhaps one that is no longer its own."""
        self.start_attempt(*self._attempt(which, "leased"))

    @rule(which=PLACES, status=st.sampled_from(_OUTCOMES))
    def end(self, which: int, status: ExecutionStatus) -> None:
        """A worker reports how an attempt ended, perhaps a stale one, perhaps again."""
        self.end_attempt(*self._attempt(which, "running"), status)

    @rule(which=PLACES, status=st.sampled_from(("leased", "running")))
    def lose(self, which: int, status: str) -> None:
        """A worker reports a fault of ours, perhaps for a stale attempt."""
        self.lose_attempt(*self._attempt(which, status))

    def start_attempt(self, window: str, attempt: int) -> None:
        """A worker starts an attempt."""
        code, _ = answer_of(
            lambda: self.system(
                lambda fx: windows.start_window(
                    fx, ExecutionId(window), attempt, int(MARGIN_SECONDS * 1000)
                )
            )
        )
        predicted = self.model.start(window, attempt)
        assert code == predicted, f"a start was answered {code}, the model says {predicted}"

    def end_attempt(self, window: str, attempt: int, status: ExecutionStatus) -> None:
        """A worker reports how an attempt ended."""
        self.system(
            lambda fx: windows.end_window(
                fx,
                ExecutionId(window),
                attempt,
                status,
                Usage(),
                exit_code=0,
                detail="",
                log="",
                env={},
            )
        )
        self.model.end(window, attempt, status.value, self.letter_of(window))

    def lose_attempt(self, window: str, attempt: int) -> None:
        """A worker reports a fault of ours."""
        self.system(lambda fx: windows.lose_window(fx, ExecutionId(window), attempt, "fault", {}))
        self.model.lose(window, attempt, self.observe)

    def _attempt(self, place: int, status: str) -> tuple[str, int]:
        windows = self.model.windows
        usual = [key for key, row in windows.items() if row.status == status]
        key = pick(usual if usual and place % 8 else list(windows), place)
        if key is None:
            return "nowhere", 1
        return key, windows[key].attempt - (place % 16 == 9)
