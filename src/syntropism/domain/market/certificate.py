"""The certificate of a clearing: an amount that no allocation whatever could have exceeded.

Weak duality: for *any* λ ≥ 0, Σ λ·c + Σ max(0, b − λ·w) is at least the welfare of every
allocation. A search finds a good λ; the bound is then evaluated exactly on all bids, so a poor
search makes it loose but never wrong. Multipliers are integers, in 2⁻³² micro-credits per
milli-unit.
"""

from collections.abc import Sequence
from math import isqrt
from operator import mul
from typing import Final

from syntropism.domain.market.candidates import Candidate
from syntropism.domain.market.fixed_point import FRACTION_BITS, scaled_by_exponential
from syntropism.domain.market.resources import fits

_SCALE_BITS: Final = 32
_ITERATIONS_MAX: Final = 100
_SAMPLE_MAX: Final = 1_000
"""The search looks at no more bids than this, evenly spread over all of them."""

_Bid = Sequence[tuple[int, tuple[int, ...]]]
"""The alternatives of one bid, of which at most one wins: (scaled amount, rates)."""


def upper_bound(
    bids: Sequence[Sequence[Candidate]], capacity: tuple[int, ...], welfare: int
) -> int:
    """An upper bound, in micro-credits, on what any allocation of ``capacity`` could be worth.

    Each entry of ``bids`` holds the alternatives of one bid (main, fallback). ``welfare`` is
    what was reached: the search stops when the bound meets it. The work is at most 100 passes
    over 1,000 bids plus one over all of them.
    """
    fitting = [
        [(one.amount << _SCALE_BITS, one.rates) for one in bid if fits(one.rates, capacity)]
        for bid in bids
    ]
    able: list[_Bid] = [bid for bid in fitting if bid]
    everything: int = sum(max(amount for amount, _ in bid) for bid in able)
    if everything <= welfare << _SCALE_BITS:
        return everything >> _SCALE_BITS
    multipliers = _search(able, capacity, everything, welfare << _SCALE_BITS)
    surplus, _ = _response(able, multipliers)
    bound: int = sum(map(mul, multipliers, capacity)) + surplus
    return min(bound, everything) >> _SCALE_BITS


def _search(
    bids: Sequence[_Bid], capacity: tuple[int, ...], everything: int, enough: int
) -> tuple[int, ...]:
    """λ ← λ·exp(0.5/√(1+t) · clip(load − 1, −1, 1)), keeping the best (MARKET.md, dual greedy).

    A sample stands for all bids in proportion, so both sides are multiplied out.
    """
    sample = bids[:: -(-len(bids) // _SAMPLE_MAX)]
    whole, part = len(bids), len(sample)
    contested = max(1, sum(1 for rate in capacity if rate))
    multipliers = tuple(everything // (contested * rate) if rate else 0 for rate in capacity)
    best, best_bound = multipliers, -1
    for step in range(_ITERATIONS_MAX):
        surplus, load = _response(sample, multipliers)
        bound = sum(map(mul, multipliers, capacity)) * part + surplus * whole
        if best_bound < 0 or bound < best_bound:
            best, best_bound = multipliers, bound
        if best_bound <= enough * part:
            break
        pace = isqrt((1 << 2 * FRACTION_BITS - 2) // (1 + step))  # 0.5/√(1+t) in fixed point
        multipliers = tuple(
            _moved(multiplier, wanted * whole, rate * part, pace)
            for multiplier, wanted, rate in zip(multipliers, load, capacity, strict=True)
        )
    return best


def _moved(multiplier: int, wanted: int, available: int, pace: int) -> int:
    if not available:
        return 0
    excess = min(wanted - available, available)
    return max(1, scaled_by_exponential(multiplier, pace * excess // available))


def _response(bids: Sequence[_Bid], multipliers: tuple[int, ...]) -> tuple[int, list[int]]:
    """What bids gain at ``multipliers``, each choosing its best alternative, and their load."""
    surplus = 0
    load = [0] * len(multipliers)
    for bid in bids:
        best, chosen = 0, None
        for amount, rates in bid:
            gain = amount - sum(map(mul, multipliers, rates))
            if gain > best:
                best, chosen = gain, rates
        if chosen is not None:
            surplus += best
            for r, rate in enumerate(chosen):
                load[r] += rate
    return surplus, load
