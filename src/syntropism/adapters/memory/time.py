"""A simulated clock, and identifiers that follow it: same seed, same history."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from syntropism.application.ports.clock import Clock

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)


class SimulatedClock:
    """Time that moves only when somebody sleeps."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=max(0.0, seconds))


class SeededIds:
    """UUIDv7s made of the clock's milliseconds, a counter and seeded noise. Later ones sort after
    earlier ones, also when the clock goes back."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._random = Random(seed)
        self._clock = clock
        self._count = 0
        self._latest = 0

    def new(self) -> str:
        return self._next(self._milliseconds())

    def many(self, count: int) -> list[str]:
        milliseconds = self._milliseconds()
        return [self._next(milliseconds) for _ in range(count)]

    def _milliseconds(self) -> int:
        self._latest = max(self._latest, int(self._clock.now().timestamp() * 1000))
        return self._latest

    def _next(self, milliseconds: int) -> str:
        self._count += 1
        counter_high, counter_low = divmod(self._count & (2**44 - 1), 2**32)
        bits = (
            (milliseconds & (2**48 - 1)) << 80
            | 0x7 << 76
            | counter_high << 64
            | 0b10 << 62
            | counter_low << 30
            | self._random.getrandbits(30)
        )
        digits = f"{bits:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
