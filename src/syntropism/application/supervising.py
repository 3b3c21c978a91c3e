"""Watches one running window against its limits until it ends or must be ended."""

import time
from collections.abc import Callable
from typing import Final, Protocol

from attrs import field, frozen
from attrs.validators import gt

from syntropism.application.ports.sandbox import Sampled, Termination
from syntropism.application.verdicts import Limits, Verdict

CANCEL_POLL_SECONDS: Final = 0.2
WORKSPACE_COST_SHARE: Final = 20
"""A walk through the workspace may cost at most one part in this many of the supervisor's time."""

GRACE_SECONDS: Final = 0.4
"""Between asking it to end at the deadline and ending it."""


class Running(Protocol):
    """A running window, as its provider meets it."""

    def wait(self, seconds: float) -> bool:
        """Drains output for at most ``seconds`` (at once if negative); whether the agent has
        ended."""
        ...

    def check(self) -> Verdict | None:
        """Samples the meters; the verdict if a limit is passed."""
        ...

    def spent(self) -> tuple[int, int]:
        """CPU in milliseconds and the most memory in bytes, as far as is known."""
        ...

    def excess(self) -> str:
        """Why the workspace is too large now; empty if it is not. May take long."""
        ...

    def terminate(self) -> None:
        """Asks the agent to end; it may not."""
        ...


@frozen(slots=True, kw_only=True)
class Pace:
    """How often what is looked at, in seconds, all above 0. Samples begin ``first_sample`` after
    the start and grow apart, twofold each, up to ``sample``."""

    first_sample: float = field(validator=gt(0))
    sample: float = field(validator=gt(0))
    workspace: float = field(validator=gt(0))


def supervise(
    running: Running,
    limits: Limits,
    pace: Pace,
    sampled: Sampled,
    cancelled: Callable[[], bool],
    now: Callable[[], float] = time.monotonic,
) -> Verdict | None:
    """Returns when the agent has ended (nothing), or with the reason for which it must be ended
    now. ``sampled`` hears of what is spent as often as ``cancelled`` is asked.

    Raises:
        ProviderFailed: what ``running`` raises.
    """
    started = now()
    deadline = started + limits.duration_seconds
    step = pace.first_sample
    due_sample = started + step
    due_cancel = started
    due_workspace = started + pace.workspace
    while True:
        if running.wait(min(due_sample, deadline) - now()):
            return None
        at = now()
        if at >= due_sample:
            if verdict := running.check():
                return verdict
            step = min(pace.sample, step * 2)
            due_sample = at + step
        if at >= deadline:
            return _end_at_deadline(running, limits, pace, now)
        if at >= due_cancel:
            sampled(*running.spent())
            if cancelled():
                return Verdict(Termination.KILLED, "cancelled")
            due_cancel = at + CANCEL_POLL_SECONDS
        if at >= due_workspace:
            if excess := running.excess():
                return Verdict(Termination.KILLED, excess)
            cost = now() - at
            due_workspace = at + max(pace.workspace, cost * WORKSPACE_COST_SHARE)


def _end_at_deadline(
    running: Running, limits: Limits, pace: Pace, now: Callable[[], float]
) -> Verdict:
    running.terminate()
    until = now() + GRACE_SECONDS
    while (left := until - now()) > 0:
        if running.wait(min(left, pace.sample)):
            break
        running.spent()
    detail = f"still ran after its {limits.duration_seconds:g} seconds"
    return Verdict(Termination.TIMED_OUT, detail)
