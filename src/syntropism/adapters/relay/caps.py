"""What one execution may do to the System Service through its door."""

from attrs import define, field, frozen


@frozen(slots=True, kw_only=True)
class RelayCaps:
    """Per door: connections at once, and per second (with bursts of as many as are allowed at
    once). Per connection: bytes both ways, seconds until its first byte, seconds without any."""

    connections_max: int = 32
    connections_per_second_max: float = 100.0
    connection_bytes_max: int = 64 * 1024 * 1024
    first_byte_seconds_max: float = 10.0
    idle_seconds_max: float = 300.0


@define(slots=True)
class TokenBucket:
    """Lets ``rate`` things per second through, and ``burst`` at once."""

    rate: float
    burst: float
    _level: float = field(init=False)
    _since: float = field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        self._level = self.burst

    def take(self, now: float) -> bool:
        """Whether one more may pass at ``now`` (seconds, monotonic)."""
        self._level = min(self.burst, self._level + max(0.0, now - self._since) * self.rate)
        self._since = now
        if self._level < 1:
            return False
        self._level -= 1
        return True
