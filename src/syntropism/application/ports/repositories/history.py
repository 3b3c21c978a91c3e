"""The events, and how far their readers have come."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from syntropism.domain.events import Event


class Events(Protocol):
    """The one commit-ordered history; also the outbox."""

    def append(self, events: Sequence[Event]) -> None:
        """Adds events; an ``EventBatch`` is as many events, taken over in columns."""
        ...

    def since(self, sequence: int, limit: int, kinds: Collection[str] | None = None) -> list[Event]:
        """Events with a greater sequence, oldest first; of these types, if any are named."""
        ...

    def last_sequence(self) -> int: ...


class Positions(Protocol):
    """How far readers of the history have come."""

    def get(self, reader: str) -> int:
        """The sequence of the last event that ``reader`` is done with, locked; 0 at first."""
        ...

    def save(self, reader: str, sequence: int) -> None: ...


class ConsumedKeys(Protocol):
    """What consumers have had their effects for, so that a redelivery has none."""

    def first(self, consumer: str, key: str) -> bool:
        """Remembers ``key``; false if ``consumer`` had it before. A concurrent duplicate waits
        until the first has committed or was undone."""
        ...

    def forget(self, consumer: str, before: datetime) -> int:
        """Forgets what was remembered before; how many keys."""
        ...
