"""Events, remembered answers and leases in memory."""

from collections.abc import Sequence

from syntropism.adapters.memory.table import Journal, Table
from syntropism.application.ports.repositories import Answer, Lease
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

    def since(self, sequence: int, limit: int) -> list[Event]:
        return self._events[sequence : sequence + limit]

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
