"""One running container: its meter and its output, as whoever supervises it asks."""

import select
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from syntropism.adapters.docker.cgroup import ContainerMeter
from syntropism.adapters.docker.container import Container
from syntropism.adapters.docker.stream import AttachedOutput
from syntropism.application.ports.sandbox import ProviderFailed, Sampled
from syntropism.application.supervising import Pace, supervise
from syntropism.application.verdicts import (
    OUTPUT_BYTES_ABSURD,
    Limits,
    Verdict,
    absurd_output_verdict,
    cpu_exhausted_verdict,
    out_of_memory_verdict,
)

PACE: Final = Pace(first_sample=0.0125, sample=0.025, workspace=0.25)

BROKEN_OFF_SECONDS: Final = 1.0
"""Docker's init holds the output open as long as the container lives: when it ends long before
that, the daemon has gone."""


class Supervisor:
    """One window's clock, meters and output, in the thread that runs it. ``agent`` becomes
    readable when the agent has ended, a moment before its container does; -1 if that is not
    known."""

    def __init__(
        self,
        container: Container,
        agent: int,
        output: AttachedOutput,
        meter: ContainerMeter,
        limits: Limits,
        workspace_excess: Callable[[], str],
        sampled: Sampled,
    ) -> None:
        self._container = container
        self._agent = agent
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
        if agent >= 0:
            self._poll.register(agent, select.POLLIN)

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
        return supervise(self, self._limits, PACE, self._sampled, cancelled)

    def wait(self, seconds: float) -> bool:
        """Drains output for at most ``seconds``; whether the agent has ended."""
        ready = {descriptor for descriptor, _ in self._poll.poll(max(0.0, seconds) * 1000)}
        if self._container.exited in ready:
            self._meter.sample()  # at once: the daemon is about to remove the group
            return True
        if self._agent in ready:  # a head start: on a busy machine the daemon is faster than we
            self._meter.sample()
            self._poll.unregister(self._agent)
        if not self._output.ended and self._output.fileno() in ready:
            self._output.drain()
            if self._output.ended:
                self._poll.unregister(self._output.fileno())
                self._ended_at = time.monotonic()
        return False

    def check(self) -> Verdict | None:
        """The verdict if the agent uses more than it may now.

        Raises:
            ProviderFailed: the daemon broke off.
        """
        if time.monotonic() > self._ended_at + BROKEN_OFF_SECONDS:
            raise ProviderFailed("the Docker daemon broke off in mid-window: is it running?")
        limits = self._limits
        if self.cpu_ms >= limits.cpu_ms:
            return cpu_exhausted_verdict(limits)
        if self._meter.sample().out_of_memory:
            return out_of_memory_verdict(limits)
        if self._output.total > OUTPUT_BYTES_ABSURD:
            return absurd_output_verdict()
        return None

    def spent(self) -> tuple[int, int]:
        """What the agent has burnt so far, and the most memory it held."""
        return self.cpu_ms, self._meter.sample().memory_peak_bytes

    def excess(self) -> str:
        """Why the workspace is too large now; empty if it is not."""
        return self._workspace_excess()

    def terminate(self) -> None:
        """Asks the agent to end."""
        with suppress(ProviderFailed):  # it is killed next, or the window is lost
            self._container.terminate()
