"""Watches one running container against its limits until it ends or must be ended."""

import select
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from syntropism.adapters.docker.cgroup import ContainerMeter
from syntropism.adapters.docker.container import Container
from syntropism.adapters.docker.stream import AttachedOutput
from syntropism.application.ports.sandbox import ProviderFailed, Sampled, Termination
from syntropism.application.verdicts import (
    Limits,
    Verdict,
    cpu_exhausted_verdict,
    out_of_memory_verdict,
)

SAMPLE_SECONDS: Final = 0.025
CANCEL_POLL_SECONDS: Final = 0.2
WORKSPACE_POLL_SECONDS: Final = 0.25
WORKSPACE_COST_SHARE: Final = 20
"""A walk through the workspace may cost at most one part in this many of the supervisor's time."""

GRACE_SECONDS: Final = 0.4
"""Between SIGTERM and SIGKILL at the deadline."""

BROKEN_OFF_SECONDS: Final = 1.0
"""Docker's init holds the output open as long as the container lives: when it ends long before
that, the daemon has gone."""

OUTPUT_BYTES_ABSURD: Final = 64 * 1024 * 1024
"""Output beyond this is not dropped any more, but ends the window."""


class Supervisor:
    """One window's clock, meters and output, in the thread that runs it."""

    def __init__(
        self,
        container: Container,
        output: AttachedOutput,
        meter: ContainerMeter,
        limits: Limits,
        workspace_excess: Callable[[], str],
        sampled: Sampled,
    ) -> None:
        self._container = container
        self._output = output
        self._meter = meter
        self._limits = limits
        self._workspace_excess = workspace_excess
        self._sampled = sampled
        self._baseline_ms = meter.sample().cpu_ms  # ours: Docker's init and the shim
        self._ended_at = float("inf")
        self._poll = select.poll()
        self._poll.register(container.exited, select.POLLIN)
        self._poll.register(output.fileno(), select.POLLIN)

    @property
    def cpu_ms(self) -> int:
        """What the agent has burnt so far."""
        return max(0, self._meter.sample().cpu_ms - self._baseline_ms)

    def watch(self, cancelled: Callable[[], bool]) -> Verdict | None:
        """Returns when the agent has ended (nothing), or with the reason for which it must be
        ended now.

        Raises:
            ProviderFailed: the daemon broke off, or the host took something away.
        """
        started = time.monotonic()
        deadline = started + self._limits.duration_seconds
        due_sample, due_cancel = started, started
        due_workspace = started + WORKSPACE_POLL_SECONDS
        while True:
            if self._wait(min(due_sample, deadline) - time.monotonic()):
                return None
            now = time.monotonic()
            if now > self._ended_at + BROKEN_OFF_SECONDS:
                raise ProviderFailed("the Docker daemon broke off in mid-window: is it running?")
            if now >= due_sample:
                if verdict := self._check_usage():
                    return verdict
                due_sample = now + SAMPLE_SECONDS
            if now >= deadline:
                return self._end_at_deadline()
            if now >= due_cancel:
                self._sampled(self.cpu_ms, self._meter.sample().memory_peak_bytes)
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
        if self._container.exited in ready:
            self._meter.sample()  # at once: the daemon is about to remove the group
            return True
        if not self._output.ended and self._output.fileno() in ready:
            self._output.drain()
            if self._output.ended:
                self._poll.unregister(self._output.fileno())
                self._ended_at = time.monotonic()
        return False

    def _check_usage(self) -> Verdict | None:
        limits = self._limits
        if self.cpu_ms >= limits.cpu_ms:
            return cpu_exhausted_verdict(limits)
        if self._meter.sample().out_of_memory:
            return out_of_memory_verdict(limits)
        if self._output.total > OUTPUT_BYTES_ABSURD:
            detail = f"printed more than {OUTPUT_BYTES_ABSURD // (1024 * 1024)} MiB"
            return Verdict(Termination.KILLED, detail)
        return None

    def _end_at_deadline(self) -> Verdict:
        with suppress(ProviderFailed):  # it is killed next, or the window is lost
            self._container.terminate()
        until = time.monotonic() + GRACE_SECONDS
        while (left := until - time.monotonic()) > 0:
            if self._wait(min(left, SAMPLE_SECONDS)):
                break
            self._meter.sample()
        return Verdict(
            Termination.TIMED_OUT, f"still ran after its {self._limits.duration_seconds:g} seconds"
        )
