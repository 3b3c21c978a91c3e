"""Live counters of windows: what has been used so far, without a row per event."""

from typing import Protocol

from attrs import evolve, frozen

from syntropism.domain.execution.meters import Meter
from syntropism.domain.identifiers import ExecutionId


@frozen(slots=True)
class LiveUsage:
    """What one attempt has used so far. CPU and memory are those of the last sample; memory is
    the most that was seen. Tokens are reserved before a call and settled after it."""

    cpu_ms: int = 0
    memory_peak_bytes: int = 0
    tokens_used: int = 0
    tokens_reserved: int = 0

    def sampled(self, cpu_ms: int, memory_bytes: int) -> "LiveUsage":
        """With another sample, which may come late: nothing is ever un-used."""
        return evolve(
            self,
            cpu_ms=max(self.cpu_ms, cpu_ms),
            memory_peak_bytes=max(self.memory_peak_bytes, memory_bytes),
        )

    def reserved(self, tokens: int, quota: int) -> "LiveUsage":
        """With ``tokens`` set aside.

        Raises:
            Invalid, InsufficientCredits: see :meth:`Meter.reserve`.
        """
        meter = Meter(quota, self.tokens_used, self.tokens_reserved).reserve(tokens)
        return evolve(self, tokens_reserved=meter.reserved)

    def settled(self, reserved: int, used: int) -> "LiveUsage":
        """With a reservation ended by what was used, which may be more."""
        return evolve(
            self,
            tokens_reserved=max(0, self.tokens_reserved - reserved),
            tokens_used=self.tokens_used + used,
        )


class UsageMeter(Protocol):
    """Counters by execution and attempt; many processes may change the same one at once."""

    def sample(
        self, execution_id: ExecutionId, attempt: int, cpu_ms: int, memory_bytes: int
    ) -> None:
        """CPU burnt so far, and memory in use. Never fails: a sample may be lost."""
        ...

    def reserve(self, execution_id: ExecutionId, attempt: int, tokens: int, quota: int) -> None:
        """Sets tokens aside, of ``quota`` in all.

        Raises:
            InsufficientCredits: the quota does not cover them.
            StorageFailed: the meter cannot be reached.
        """
        ...

    def settle(self, execution_id: ExecutionId, attempt: int, reserved: int, used: int) -> None:
        """Ends a reservation with what was used.

        Raises:
            StorageFailed: the meter cannot be reached.
        """
        ...

    def read(self, execution_id: ExecutionId, attempt: int) -> LiveUsage | None:
        """What is known now; ``None`` if nothing is. Never fails."""
        ...

    def flush(self, execution_id: ExecutionId, attempt: int) -> LiveUsage | None:
        """The final figures, once: then they are forgotten, and late samples are lost. ``None``
        if nothing is known. Never fails."""
        ...
