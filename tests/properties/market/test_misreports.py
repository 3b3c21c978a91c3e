"""Under ``truthful`` no agent of a thousand gains by any of several misreports of its amount."""

import pytest
from attrs import evolve

pytest.importorskip("numpy", reason="the extra `market` is not installed")

import numpy as np

from syntropism.adapters.clearing.columns import Columns
from syntropism.adapters.clearing.numpy_engine import clear_columns

AGENTS = 1_000


def market() -> Columns:
    random = np.random.default_rng(11)
    rates = random.lognormal(5, 1, (3, AGENTS)).astype(np.int64) + 1
    costs = rates.sum(axis=0)
    amounts = (costs * random.lognormal(0, 0.5, AGENTS) * 1_000).astype(np.int64) + 1
    reserves = np.minimum(amounts, costs * 300)
    factors, ties = np.full(AGENTS, 1_000), np.arange(AGENTS)
    return Columns.checked(amounts, reserves, costs, factors, ties, rates, rates.sum(axis=1) // 4)


def gain(columns: Columns, agent: int, value: int, amount: int) -> int:
    amounts = columns.amounts.copy()
    amounts[agent] = amount
    found = clear_columns(evolve(columns, amounts=amounts))
    place = np.flatnonzero(found.winners == agent)
    return value - int(found.payments[place[0]]) if len(place) else 0


def test_a_thousand_agents_gain_nothing_by_misreporting():
    columns = market()
    honest = np.zeros(AGENTS, np.int64)
    found = clear_columns(columns)
    honest[found.winners] = columns.amounts[found.winners] - found.payments
    assert (honest >= 0).all()
    assert 100 < len(found.winners) < 900
    for agent in range(AGENTS):
        value, reserve = int(columns.amounts[agent]), int(columns.reserves[agent])
        payment = value - int(honest[agent])
        for report in {reserve, value * 9 // 10, payment - 1, value + 1, value * 3}:
            if report >= reserve:
                assert gain(columns, agent, value, report) <= honest[agent]


def test_the_search_would_find_a_gain_where_winners_pay_what_they_bid():
    columns = market()
    found = clear_columns(columns, payment="pay_as_bid")
    critical = clear_columns(columns)
    assert found.winners.tolist() == critical.winners.tolist()
    assert (columns.amounts[critical.winners] > critical.payments).any()
