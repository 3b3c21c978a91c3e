"""The columns give exactly what the reference gives: winners, payments, ranking, what is left."""

import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.domain.market.clearing import FIXED_RANKINGS
from syntropism.domain.market.leftmost import LeftmostWithin
from syntropism.domain.market.payments import PAYMENT_RULES
from syntropism.domain.market.presets import PRESETS, Preset
from syntropism.domain.market.solving import solve
from syntropism.testing.strategies_market import instances

pytest.importorskip("numpy", reason="the extra `market` is not installed")

import numpy as np

from syntropism.adapters.clearing.column_leftmost import leftmost
from syntropism.adapters.clearing.columns import Columns, DoesNotFit
from syntropism.adapters.clearing.numpy_engine import NumpyEngine


class Nobody:
    """Fails if the columns are not used."""

    def solve(self, instance, rules):
        raise AssertionError("left to the reference")


ENGINE = NumpyEngine(Nobody(), columns_min=0)


def same(instance: Instance, rules: Preset) -> None:
    if not instance.candidates:
        return
    found, expected = ENGINE.solve(instance, rules), solve(instance, rules)
    assert found.payments == expected.payments
    assert evolve(found.allocation, weight=None) == evolve(expected.allocation, weight=None)


@pytest.mark.parametrize("payment", sorted(PAYMENT_RULES))
@pytest.mark.parametrize("clearing", sorted(FIXED_RANKINGS))
@settings(deadline=None)
@given(instance=instances(candidates_max=40))
def test_columns_clear_as_the_reference_does(clearing, payment, instance):
    same(instance, Preset("drawn", clearing, payment, "exponential"))


@settings(deadline=None, max_examples=60)
@given(instance=instances(candidates_max=25, size=50))
def test_columns_find_the_same_shadow_prices_and_the_same_winners(instance):
    same(instance, PRESETS["max_welfare"])


@st.composite
def money_of_every_size(draw: st.DrawFn) -> Instance:
    """Amounts and costs with near ties far below the resolution of a float."""
    cost = draw(st.integers(1, 2**42))
    amount = draw(st.integers(0, 2**43))
    drawn = []
    for i in range(draw(st.integers(2, 12))):
        times = draw(st.integers(1, 15))
        drawn.append(
            Candidate(
                f"c{i}",
                max(0, amount * times + draw(st.integers(-1, 1))),
                0,
                max(1, cost * times + draw(st.integers(-1, 1))),
                (draw(st.integers(0, 3)), draw(st.integers(0, 3))),
                draw(st.integers(0, 2)),
                draw(st.integers(0, 1)),
            )
        )
    return Instance(tuple(drawn), (4, 4), draw(st.sampled_from((0, 50))))


@settings(deadline=None)
@given(instance=money_of_every_size())
@example(
    instance=Instance(
        tuple(Candidate(f"c{i}", 2**40, 0, 2**30, (1,), 0, 0) for i in (3, 1, 2)), (2,)
    )
)
def test_ties_and_near_ties_are_decided_exactly(instance):
    same(instance, PRESETS["truthful"])


@settings(deadline=None)
@given(
    seed=st.integers(0, 10**6),
    count=st.sampled_from((0, 1, 31, 32, 33, 64, 200, 1_000)),
    width=st.integers(1, 4),
    scarcity=st.integers(1, 60),
)
def test_the_first_vector_within_limits_is_the_one_the_tree_finds(seed, count, width, scarcity):
    random = np.random.default_rng(seed)
    vectors = random.integers(0, scarcity, (width, count))
    limits = random.integers(0, 6, (width, 40))
    starts = np.sort(random.integers(0, count + 1, 40))
    tree = LeftmostWithin([tuple(map(int, one)) for one in vectors.T])
    expected = [
        tree.search(int(start), tuple(map(int, limit)))
        for start, limit in zip(starts, limits.T, strict=True)
    ]
    found = leftmost(vectors, starts, limits).tolist()
    assert found == [-1 if one is None else one for one in expected]


def test_many_bids_with_few_different_numbers_clear_as_the_reference_does():
    from random import Random

    r = Random(1)
    instance = Instance(
        tuple(
            Candidate(
                f"c{i}",
                20 + r.randint(0, 9),
                20,
                r.randint(1, 5),
                tuple(r.randint(0, 5) for _ in range(3)),
                r.randint(0, 2),
                r.randint(0, 99),
            )
            for i in range(4_000)
        ),
        (900, 2_000, 1_500),
        100,
    )
    for name in ("truthful", "classic", "max_welfare", "auto"):
        same(instance, PRESETS[name])


def test_what_64_bits_cannot_hold_is_left_to_the_reference():
    huge = Instance((Candidate("a", 2**60, 0, 1, (1,)), Candidate("b", 5, 0, 1, (2**70,))), (1,))
    with pytest.raises(DoesNotFit):
        Columns.of(huge)
    with pytest.raises(AssertionError, match="left to the reference"):
        ENGINE.solve(huge, PRESETS["truthful"])


def test_a_fifth_resource_is_configuration_alone():
    rates = {"cpu_cores": 1, "memory_mb": 64, "tokens_per_second": 0, "attention_slots": 0}
    bids = [
        Candidate(str(i), 10 + i, 0, 10, (*rates.values(), gpu_seconds), 0, i)
        for i, gpu_seconds in enumerate((3, 2, 2, 0))
    ]
    instance = Instance(tuple(bids), (10, 640, 0, 0, 4))
    for name in PRESETS:
        if name in ("exact", "auto"):
            assert solve(instance, PRESETS[name]).allocation.welfare == 11 + 12 + 13
        else:
            same(instance, PRESETS[name])
