"""Which cycle something belongs to, and who was dormant when: read off the events."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from syntropism.domain.events import Event
from syntropism.domain.market.cycles import Cycle

_OPENED: Final = "market.cycle.opened"
_SLEEP: Final = {
    "population.agent.dormant": True,
    "population.agent.awakened": False,
    "population.agent.died": False,
}


@frozen
class Timeline:
    """``boundaries`` are identifiers, one per closed cycle: what has a greater id happened in
    that cycle or later. ``dormant`` are the agents asleep at the end of each."""

    numbers: tuple[int, ...]
    boundaries: tuple[str, ...]
    dormant: tuple[frozenset[str], ...]

    def cycle_of(self, identifier: str) -> int:
        """The cycle in which something with this (time-ordered) id happened: what lies between
        two cycles counts to the earlier one, what came before the first one to 0."""
        place = bisect_left(self.boundaries, identifier)
        return self.numbers[place - 1] if place else 0


def timeline(cycles: Sequence[Cycle], events: Iterable[Event]) -> Timeline:
    """The timeline of ``cycles`` (oldest first), from one pass over ``events``.

    A cycle whose opening is no longer among the events begins with the millisecond it opened in.
    """
    opened: dict[int, str] = {}
    asleep: set[str] = set()
    at_end: dict[int, frozenset[str]] = {}
    current = 0
    for event in events:
        number = int(event.data.get("cycle", current))
        if event.type == _OPENED:
            opened[number] = event.id
        if number > current:
            at_end[current] = frozenset(asleep)
            current = number
        falls_asleep = _SLEEP.get(event.type)
        if falls_asleep is not None:
            agent_id = str(event.data["agent_id"])
            (asleep.add if falls_asleep else asleep.discard)(agent_id)
    at_end[current] = frozenset(asleep)
    numbers = tuple(cycle.number for cycle in cycles)
    return Timeline(
        numbers,
        tuple(opened.get(cycle.number) or _first_id(cycle) for cycle in cycles),
        tuple(at_end.get(number, frozenset()) for number in numbers),
    )


def _first_id(cycle: Cycle) -> str:
    """The start of every UUIDv7 made in the millisecond in which ``cycle`` opened."""
    stamp = f"{int(cycle.opened_at.timestamp() * 1000):012x}"
    return f"{stamp[:8]}-{stamp[8:]}"
