from datetime import UTC, datetime

from syntropism.application.queries.report.timeline import timeline
from syntropism.domain.events import Event
from syntropism.domain.market.cycles import Cycle

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _event(place: int, kind: str, cycle: int, **data: str) -> Event:
    return Event(f"{place:04d}", kind, NOW, {"cycle": cycle, **data}, sequence=place)


def _cycles(*numbers: int) -> list[Cycle]:
    return [Cycle(number=one, opened_at=NOW, prices=(), capacity=()) for one in numbers]


def test_agents_doze_off_wake_and_die() -> None:
    events = [
        _event(1, "market.cycle.opened", 1),
        _event(2, "population.agent.dormant", 1, agent_id="ada"),
        _event(3, "population.agent.dormant", 1, agent_id="bob"),
        _event(4, "market.cycle.opened", 2),
        _event(5, "population.agent.awakened", 2, agent_id="ada"),
        _event(6, "market.cycle.opened", 3),
        _event(7, "population.agent.died", 3, agent_id="bob"),
        _event(8, "market.cycle.opened", 4),
        _event(9, "population.agent.dormant", 4, agent_id="ada"),
    ]
    found = timeline(_cycles(1, 2, 3, 4), events)
    assert found.dormant == ({"ada", "bob"}, {"bob"}, frozenset(), {"ada"})


def test_what_happens_between_two_cycles_counts_to_the_earlier_one() -> None:
    events = [
        _event(10, "market.cycle.opened", 1),
        _event(20, "market.cycle.closed", 1),
        _event(30, "market.cycle.opened", 2),
    ]
    found = timeline(_cycles(1, 2), events)
    assert [found.cycle_of(one) for one in ("0005", "0015", "0025", "0035")] == [0, 1, 1, 2]
