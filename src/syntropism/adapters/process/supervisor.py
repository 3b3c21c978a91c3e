"""Watches one running window against its limits until it ends or must be ended."""

import select
import time
from collections.abc import Callable
from typing import Final

from attrs import define

from syntropism.adapters.process.groups import Group
from syntropism.adapters.process.launching import Launched
from syntropism.adapters.process.meters import Meter, Usage
from syntropism.application.ports.sandbox import Sampled, Termination
from syntropism.application.verdicts import (
    Limits,
    Verdict,
    cpu_exhausted_verdict,
    out_of_memory_verdict,
)

SAMPLE_SECONDS: Final = 0.04
FIRST_SAMPLE_SECONDS: Final = 0.01
CANCEL_POLL_SECONDS: Final = 0.2
WORKSPACE_POLL_SECONDS: Final = 0.5
WORKSPACE_COST_SHARE: Final = 20
"""A walk through the workspace may cost at most one part in this many of the supervisor's time."""

GRACE_SECONDS: Final = 0.4
"""Between SIGTERM and SIGKILL at the deadline."""

OUTPUT_BYTES_ABSURD: Final = 64 * 1024 * 1024
"""Output beyond this is not dropped any more, but ends the window."""


@define(slots=True)
class Peaks:
    """The largest figures seen."""

    cpu_ms: int = 0
    memory_bytes: int = 0


class Supervisor:
    """One window's clock, meters and output, in the thread that runs it."""

    def __init__(
        self,
        launched: Launched,
        group: Group,
        meter: Meter,
        limits: Limits,
        workspace_excess: Callable[[], str],
        sampled: Sampled,
    ) -> None:
        self._launched = launched
        self._group = group
        self._meter = meter
        self._limits = limits
        self._workspace_excess = workspace_excess
        self._sampled = sampled
        self.peaks = Peaks()
        self._poll = select.poll()
        self._poll.register(group.exited, select.POLLIN)
        self._poll.register(launched.output_descriptor, select.POLLIN)

    def watch(self, cancelled: Callable[[], bool]) -> Verdict | None:
        """Returns when the agent has ended (nothing), or with the reason for
        which it must be ended now."""
        started = time.monotonic()
        deadline = started + self._limits.duration_seconds
        due_sample = started + FIRST_SAMPLE_SECONDS
        due_cancel = started
        due_workspace = started + WORKSPACE_POLL_SECONDS
        step = FIRST_SAMPLE_SECONDS
        while True:
            now = time.monotonic()
            if self._wait(min(due_sample, deadline) - now):
                return None
            now = time.monotonic()
            if now >= due_sample:
                if verdict := self._check_usage():
                    return verdict
                step = min(SAMPLE_SECONDS, step * 2)
                due_sample = now + step
            if now >= deadline:
                return self._end_at_deadline()
            if now >= due_cancel:
                self._sampled(self.peaks.cpu_ms, self.peaks.memory_bytes)
                if cancelled():
                    return Verdict(Termination.KILLED, "cancelled")
                due_cancel = now + CANCEL_POLL_SECONDS
            if now >= due_workspace:
                if excess := self._workspace_excess():
                    return Verdict(Termination.KILLED, excess)
                cost = time.monotonic() - now
                due_workspace = now + max(WORKSPACE_POLL_SECONDS, cost * WORKSPACE_COST_SHARE)

    def _wait(self, seconds: float) -> bool:
        """Drains output for at most ``seconds``; whether the agent has ended."""
        ready = {descriptor for descriptor, _ in self._poll.poll(max(0.0, seconds) * 1000)}
        output = self._launched.output
        if self._launched.output_descriptor in ready:
            output.drain()
            if output.ended:
                self._poll.unregister(self._launched.output_descriptor)
        return self._group.exited in ready

    def measure(self) -> Usage:
        """What is used now; remembered in ``peaks``."""
        usage = self._meter.sample()
        self.peaks.cpu_ms = max(self.peaks.cpu_ms, usage.cpu_ms)
        self.peaks.memory_bytes = max(self.peaks.memory_bytes, usage.memory_peak_bytes)
        return usage

    def _check_usage(self) -> Verdict | None:
        usage, limits = self.measure(), self._limits
        if usage.cpu_ms >= limits.cpu_ms:
            return cpu_exhausted_verdict(limits)
        if usage.memory_bytes > limits.memory_bytes or self._meter.out_of_memory():
            return out_of_memory_verdict(limits)
        if usage.processes > limits.processes:
            return Verdict(Termination.KILLED, f"ran more than {limits.processes} processes")
        if self._launched.output.total > OUTPUT_BYTES_ABSURD:
            detail = f"printed more than {OUTPUT_BYTES_ABSURD // (1024 * 1024)} MiB"
            return Verdict(Termination.KILLED, detail)
        return None

    def _end_at_deadline(self) -> Verdict:
        self._group.terminate()
        until = time.monotonic() + GRACE_SECONDS
        while (left := until - time.monotonic()) > 0:
            if self._wait(min(left, SAMPLE_SECONDS)):
                break
        return Verdict(
            Termination.TIMED_OUT, f"still ran after its {self._limits.duration_seconds:g} seconds"
        )
