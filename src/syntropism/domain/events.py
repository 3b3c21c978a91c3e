"""Events: what happened, in the past tense. History explains the present (law 13)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any, overload

from attrs import evolve, frozen

from syntropism.domain.identifiers import EventId


@frozen(slots=True)
class Event:
    """One thing that happened.

    ``type`` is ``domain.entity.action``; ``data`` is JSON-ready, with money as integer
    micro-credits under names that end in ``_micro``.  ``sequence`` is its place in the one
    commit-ordered history, given by the store (0 until stored).
    """

    id: EventId
    type: str
    occurred_at: datetime
    data: Mapping[str, Any]
    correlation_id: str = ""
    causation_id: str = ""
    user_id: str = ""
    sequence: int = 0

    @property
    def source(self) -> str:
        """The part of the domain it happened in: the first word of its type."""
        return self.type.partition(".")[0]


@frozen(slots=True, eq=False)
class EventBatch(Sequence[Event]):
    """Many events of one type that one command caused, in columns: a round of a hundred thousand
    bids tells as many losers. It is the sequence of those events, made when looked at.

    ``data`` holds, by name, one value per event; ``shared`` what stands before it in the data of
    every one. ``causation_ids`` is as long, or empty.
    """

    ids: Sequence[EventId]
    type: str
    occurred_at: datetime
    shared: Mapping[str, Any]
    data: Mapping[str, Sequence[Any]]
    causation_ids: Sequence[EventId] = ()
    correlation_id: str = ""
    user_id: str = ""

    @property
    def causes(self) -> Iterable[str]:
        """One causation id for each event: empty where nothing is known to have led to it."""
        return self.causation_ids or repeat("", len(self))

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, place: int) -> Event: ...
    @overload
    def __getitem__(self, place: slice) -> "EventBatch": ...
    def __getitem__(self, place: int | slice) -> "Event | EventBatch":
        cells = {name: column[place] for name, column in self.data.items()}
        if isinstance(place, slice):
            causes = self.causation_ids[place]
            return evolve(self, ids=self.ids[place], data=cells, causation_ids=causes)
        cause = self.causation_ids[place] if self.causation_ids else ""
        return self._event(self.ids[place], cause, {**self.shared, **cells})

    def __iter__(self) -> Iterator[Event]:
        names = (*self.shared, *self.data)
        shared = tuple(self.shared.values())
        columns = zip(self.ids, self.causes, *self.data.values(), strict=True)
        for event_id, cause, *cells in columns:
            yield self._event(event_id, cause, dict(zip(names, (*shared, *cells), strict=True)))

    def _event(self, event_id: EventId, cause: str, data: dict[str, Any]) -> Event:
        return Event(
            event_id,
            self.type,
            self.occurred_at,
            data,
            correlation_id=self.correlation_id,
            causation_id=cause,
            user_id=self.user_id,
        )
