"""A token bucket per window, so that one agent cannot drown the others."""

from math import ceil
from typing import Final

from syntropism.domain.errors import RateLimited

BURST: Final = 200
PER_SECOND: Final = 100
BUCKETS_MAX: Final = 4_096


class RateLimit:
    """Each key may make ``burst`` requests at once and ``per_second`` on average."""

    def __init__(self, burst: int = BURST, per_second: float = PER_SECOND) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._buckets: dict[str, tuple[float, float]] = {}

    def admit(self, key: str, now: float) -> None:
        """Takes one request from the bucket of ``key``; ``now`` is in seconds.

        Raises:
            RateLimited: the bucket is empty.
        """
        left, seen = self._buckets.get(key, (self._burst, now))
        left = min(self._burst, left + max(0.0, now - seen) * self._per_second)
        if left < 1.0:
            self._buckets[key] = (left, now)
            wait = max(1, ceil((1.0 - left) / self._per_second))
            raise RateLimited("too many requests", retry_after_seconds=wait)
        if len(self._buckets) >= BUCKETS_MAX and key not in self._buckets:
            self._forget_full(now)
        self._buckets[key] = (left - 1.0, now)

    def _forget_full(self, now: float) -> None:
        refill = self._burst / self._per_second
        self._buckets = {
            key: (left, seen) for key, (left, seen) in self._buckets.items() if now - seen < refill
        }
