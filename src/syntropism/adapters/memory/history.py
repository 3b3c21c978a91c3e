"""Events, remembered answers, leases and readers' places in memory."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import islice

from syntropism.adapters.memory.table import Journal, Table
from syntropism.application.ports.repositories.answers import Answer
from syntropism.application.ports.repositories.leases import Lease
from syntropism.domain.errors import Conflict
from syntropism.domain.events import Event


class MemoryEvents:
    """The one history; an event's sequence is its place in the list, counted from 1."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._events: list[Event] = []

    def append(self, events: Sequence[Event]) -> None:
        start = len(self._events)
        self._journal.record(lambda: self._events.__delitem__(slice(start, None)))
        self._events.extend(
            Event(  # written out: evolve costs several times as much
                event.id,
                event.type,
                event.occurred_at,
                event.data,
                event.correlation_id,
                event.causation_id,
                event.user_id,
                sequence,
            )
            for sequence, event in enumerate(events, start + 1)
        )

    def since(self, sequence: int, limit: int, kinds: Collection[str] | None = None) -> list[Event]:
        if kinds is None:
            return self._events[sequence : sequence + limit]
        later = islice(self._events, sequence, None)
        return list(islice((one for one in later if one.type in kinds), limit))

    def last_sequence(self) -> int:
        return len(self._events)


class MemoryAnswers:
    """Answers by scope."""

    def __init__(self, journal: Journal) -> None:
        self._table: Table[str, Answer] = Table(journal)

    def get(self, scope: str) -> Answer | None:
        return self._table.get(scope)

    def add(self, scope: str, answer: Answer) -> None:
        if scope in self._table:
            raise Conflict("the key has been answered")
        self._table.put(scope, answer)


class MemoryLeases:
    """Leases by name."""

    def __init__(self, journal: Journal) -> None:
        self._table: Table[str, Lease] = Table(journal)

    def get(self, name: str) -> Lease | None:
        return self._table.get(name)

    def save(self, lease: Lease) -> None:
        self._table.put(lease.name, lease)


class MemoryPositions:
    """Places in the history by reader."""

    def __init__(self, journal: Journal) -> None:
        self._table: Table[str, int] = Table(journal)

    def get(self, reader: str) -> int:
        return self._table.get(reader) or 0

    def save(self, reader: str, sequence: int) -> None:
        self._table.put(reader, sequence)


class MemoryConsumedKeys:
    """When each key was consumed."""

    def __init__(self, journal: Journal, now: Callable[[], datetime]) -> None:
        self._table: Table[tuple[str, str], datetime] = Table(journal)
        self._now = now

    def first(self, consumer: str, key: str) -> bool:
        if (consumer, key) in self._table:
            return False
        self._table.put((consumer, key), self._now())
        return True

    def forget(self, consumer: str, before: datetime) -> int:
        old = [key for key, moment in self._table.items() if key[0] == consumer and moment < before]
        for key in old:
            self._table.remove(key)
        return len(old)
