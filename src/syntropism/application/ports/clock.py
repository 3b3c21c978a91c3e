"""Time and identity, passed in so that the inside stays repeatable."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time, of this machine: it may be off, and jump when somebody sets it. Never fails."""

    def now(self) -> datetime:
        """The time, with zone UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Waits, for so long at least; a simulated clock moves on instead."""
        ...


class Ids(Protocol):
    """New identifiers. Never fails."""

    def new(self) -> str:
        """A UUIDv7 in its canonical form: later ones sort after earlier ones."""
        ...

    def many(self, count: int) -> list[str]:
        """The next ``count`` identifiers, in order; sooner than one by one."""
        ...
