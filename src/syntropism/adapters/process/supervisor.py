"""One running window: its processes, its meter and its output, as whoever supervises it asks."""

import select
from collections.abc import Callable
from typing import Final

from attrs import define

from syntropism.adapters.process.groups import Group
from syntropism.adapters.process.launching import Launched
from syntropism.adapters.process.meters import Meter, Usage
from syntropism.application.ports.sandbox import Sampled, Termination
from syntropism.application.supervising import Pace, supervise
from syntropism.application.verdicts import (
    OUTPUT_BYTES_ABSURD,
    Limits,
    Verdict,
    absurd_output_verdict,
    cpu_exhausted_verdict,
    out_of_memory_verdict,
)

PACE: Final = Pace(first_sample=0.01, sample=0.04, workspace=0.5)


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
        """Returns when the agent has ended (nothing), or with the reason for which it must be
        ended now."""
        return supervise(self, self._limits, PACE, self._sampled, cancelled)

    def wait(self, seconds: float) -> bool:
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

    def check(self) -> Verdict | None:
        """The verdict if the agent uses more than it may now."""
        usage, limits = self.measure(), self._limits
        if usage.cpu_ms >= limits.cpu_ms:
            return cpu_exhausted_verdict(limits)
        if usage.memory_bytes > limits.memory_bytes or self._meter.out_of_memory():
            return out_of_memory_verdict(limits)
        if usage.processes > limits.processes:
            return Verdict(Termination.KILLED, f"ran more than {limits.processes} processes")
        if self._launched.output.total > OUTPUT_BYTES_ABSURD:
            return absurd_output_verdict()
        return None

    def spent(self) -> tuple[int, int]:
        """The largest figures seen."""
        return self.peaks.cpu_ms, self.peaks.memory_bytes

    def excess(self) -> str:
        """Why the workspace is too large now; empty if it is not."""
        return self._workspace_excess()

    def terminate(self) -> None:
        """Asks the agent to end."""
        self._group.terminate()
