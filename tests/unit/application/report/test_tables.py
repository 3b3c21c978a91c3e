"""The tables against what was seen while the economy lived."""

from collections import Counter

import pytest

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.application.queries.report import Tables, streams, summary, tables
from syntropism.application.queries.report.books import gini
from syntropism.application.queries.report.timeline import timeline
from syntropism.domain.economy.parameters import EconomicParameters


@pytest.fixture(scope="module")
def found(lived) -> Tables:
    with lived.store(read_only=True) as uow:
        return tables(uow, lived.rules.parameters)


def test_the_economy_under_test_has_something_to_tell(found) -> None:
    assert any(row.parent_id for row in found.agents)
    assert {row.cause_of_death for row in found.agents} >= {"broke", "killed", None}
    assert any(row.dormant for row in found.cycles)
    assert any(row.reward for row in found.prompts)


def test_each_cycle_ends_as_it_was_seen_to_end(found, lived) -> None:
    assert found.cycles.column("cycle") == list(range(1, len(lived.seen) + 1))
    for row, seen in zip(found.cycles, lived.seen, strict=True):
        assert (row.minted.micro, row.burned.micro) == (seen.minted, seen.burned)
        assert row.circulation == row.minted - row.burned
        assert row.alive + row.dormant == len(seen.living)
        assert row.dormant == seen.dormant
        assert row.gini == pytest.approx(gini(sum(one) for one in seen.wealth.values()))


def test_balances_are_those_that_were_seen(found, lived) -> None:
    told: dict[int, dict[str, tuple[int, int]]] = {}
    for row in found.balances:
        told.setdefault(row.cycle, {})[row.agent_id] = (row.balance.micro, row.held.micro)
    for number, seen in enumerate(lived.seen, 1):
        assert told[number] == seen.wealth


def test_population_counts_everybody_once(found, lived) -> None:
    for number, seen in enumerate(lived.seen, 1):
        rows = [row for row in found.population if row.cycle == number]
        assert len({row.strategy for row in rows}) == len(rows)
        assert sum(row.alive + row.dormant for row in rows) == len(seen.living)


def test_births_and_deaths_explain_every_change_of_the_population(found) -> None:
    founders = sum(row.born_cycle == 0 for row in found.agents)
    living = founders
    for row in found.cycles:
        living += row.births - row.deaths
        assert living == row.alive + row.dormant


def test_what_came_in_less_what_went_out_is_what_is_there(found, lived) -> None:
    with lived.store(read_only=True) as uow:
        balances = uow.ledger.all_balances()
        for row in found.agents:
            came = row.endowment + row.earned
            assert came - row.spent - row.estate == row.balance + row.held, row
            assert row.balance.micro == balances[row.id]
            assert row.held.micro == uow.holds.held_by(row.id)
    assert any(row.estate for row in found.agents)


def test_rewards_are_what_prompts_earned(found) -> None:
    earned: Counter[str] = Counter()
    for row in found.prompts:
        earned[row.agent_id] += row.reward.micro if row.reward else 0
    assert {row.id: row.rewards.micro for row in found.agents if row.rewards} == +earned


def test_payments_are_burned_in_the_cycle_that_won_them(found) -> None:
    paid: Counter[int] = Counter()
    for row in found.transfers:
        paid[row.cycle] += row.amount.micro if row.kind == "payment" else 0
    assert {row.cycle: row.volume.micro for row in found.cycles if row.volume} == +paid


def test_founding_comes_before_the_first_cycle(found) -> None:
    kinds = {row.kind for row in found.transfers if row.cycle == 0}
    assert kinds == {"endowment", "bid_held"}
    late = next(row for row in found.agents if row.name == "late")
    assert late.born_cycle == 12
    assert {row.cycle for row in found.transfers if row.credit == late.id} == {12}


def test_small_pages_give_the_same_tables(found, lived, monkeypatch) -> None:
    monkeypatch.setattr(streams, "PAGE", 7)
    with lived.store(read_only=True) as uow:
        again = tables(uow, lived.rules.parameters)
    for name, table in found.by_name().items():
        assert again.by_name()[name].dicts() == table.dicts(), name


def test_without_their_events_cycles_are_told_apart_by_when_they_opened(found, lived) -> None:
    with lived.store(read_only=True) as uow:
        times = timeline(streams.closed_cycles(uow), [])
    for row in found.transfers:
        if row.cycle > 1:
            assert times.cycle_of(row.id) == row.cycle


def test_a_cycle_under_way_has_no_row_but_its_transfers_count(lived, found) -> None:
    with lived.store(read_only=True) as uow:
        closed = streams.closed_cycles(uow)[:-1]
        times = timeline(closed, streams.events(uow))
    assert times.numbers == tuple(range(1, len(lived.seen)))
    assert times.cycle_of(found.transfers[-1].id) == len(lived.seen) - 1


def test_before_the_founding_everything_is_empty_and_has_its_columns() -> None:
    store = MemoryStore(SimulatedClock())
    with store(read_only=True) as uow:
        empty = tables(uow, EconomicParameters())
    for table in empty.by_name().values():
        assert len(table) == 0
        assert table.columns
    told = summary(empty)
    assert (told.cycles, told.living, told.best_prompt, told.gini) == (0, 0, None, None)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [([5, 5, 5], 0.0), ([0, 0, 0], 0.0), ([0, 0, 0, 12], 0.75), ([1, 3], 0.25), ([7], 0.0)],
)
def test_gini_of_known_distributions(amounts, expected) -> None:
    assert gini(amounts) == pytest.approx(expected)


def test_gini_of_nobody_is_unknown() -> None:
    assert gini([]) is None
