"""HiGHS against brute force and the certificate; it is asked even where it need not be."""

import pytest
from attrs import evolve
from hypothesis import given, settings

from syntropism.application.ports.clearing_engine import ReferenceEngine
from syntropism.domain.market.auction import clear
from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.domain.market.exact import exact
from syntropism.domain.market.presets import PRESETS
from syntropism.domain.market.resources import add_rates, fits
from syntropism.testing.strategies_market import instances

pytest.importorskip("highspy", reason="the extra `market` is not installed")

from syntropism.adapters.clearing.highs_engine import HighsEngine

ENGINE = HighsEngine(ReferenceEngine(), time_limit_seconds=30, enumerated_max=0)


@pytest.mark.parametrize("preset", ["exact", "auto"])
@settings(deadline=None, max_examples=60)
@given(instance=instances(candidates_max=12, size=40))
def test_highs_finds_what_enumeration_proves_best(preset, instance):
    proven = exact(instance)
    found = clear(instance, PRESETS[preset], ENGINE.solve)
    assert found.welfare == found.upper_bound == proven.bound
    taken = found.left
    for winner in found.winners:
        taken = add_rates(taken, winner.rates)
    assert taken == instance.free
    won = {winner.id for winner in found.winners}
    losers = [c for c in instance.candidates if c.id not in won]
    assert not [c for c in losers if fits(c.rates, found.left)]
    assert found.payments == tuple(winner.amount for winner in found.winners)


@settings(deadline=None, max_examples=30)
@given(instance=instances(candidates_max=10, size=40))
def test_tiny_and_huge_units_change_nothing(instance):
    stretched = evolve(
        instance,
        free=tuple(rate * 10**12 for rate in instance.free),
        candidates=tuple(
            evolve(c, rates=tuple(rate * 10**12 for rate in c.rates), amount=c.amount * 10**9)
            for c in instance.candidates
        ),
    )
    proven = exact(instance)
    assert clear(stretched, PRESETS["exact"], ENGINE.solve).welfare == proven.welfare * 10**9


def test_other_strategies_are_left_to_the_other_engine():
    instance = Instance((Candidate("a", 5, 0, 1, (1,)), Candidate("b", 4, 0, 1, (1,))), (1,))
    for name in ("truthful", "classic", "max_welfare"):
        assert ENGINE.solve(instance, PRESETS[name]).payments == (
            ReferenceEngine().solve(instance, PRESETS[name]).payments
        )


def test_twenty_candidates_are_proven_with_a_hundred_resources():
    import random

    r = random.Random(9)
    rows = [[r.randint(1, 1000) for _ in range(100)] for _ in range(20)]
    instance = Instance(
        tuple(
            Candidate(str(i), sum(row) // 100 + r.randint(0, 500), 0, 1, tuple(row), 0, i)
            for i, row in enumerate(rows)
        ),
        tuple(sum(row[k] for row in rows) // 2 for k in range(100)),
    )
    found = clear(instance, PRESETS["auto"], HighsEngine(ReferenceEngine(), 30.0).solve)
    assert found.gap == 0 and not found.remark
    assert found.welfare == clear(instance, PRESETS["auto"], ENGINE.solve).welfare


def test_a_limit_that_is_over_at_once_is_said_and_the_bound_still_holds():
    import random

    r = random.Random(3)
    rows = [[r.randint(1, 1000) for _ in range(10)] for _ in range(150)]
    instance = Instance(
        tuple(
            Candidate(str(i), sum(row) // 10 + r.randint(0, 500), 0, 1, tuple(row), 0, i)
            for i, row in enumerate(rows)
        ),
        tuple(sum(row[k] for row in rows) // 4 for k in range(10)),
    )
    hasty = HighsEngine(ReferenceEngine(), time_limit_seconds=0.001)
    found = clear(instance, PRESETS["exact"], hasty.solve)
    assert "time limit" in found.remark
    assert 0 < found.gap < 0.1
    patient = clear(instance, PRESETS["exact"], HighsEngine(ReferenceEngine(), 1.0).solve)
    assert patient.welfare <= found.upper_bound
