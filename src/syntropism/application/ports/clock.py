"""Time and identity, passed in so that the inside stays repeatable."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time."""

    def now(self) -> datetime:
        """The time, with zone UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Waits; a simulated clock moves on instead."""
        ...


class Ids(Protocol):
    """New identifiers."""

    def new(self) -> str:
        """A UUIDv7 in its canonical form: later ones sort after earlier ones."""
        ...

    def many(self, count: int) -> list[str]:
        """The next ``count`` identifiers, in order; sooner than one by one."""
        ...
