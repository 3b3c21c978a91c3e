"""Bounded local search: improve an allocation by exchanging a few candidates at the margin."""

from collections.abc import Iterable, Sequence
from itertools import chain, combinations
from operator import add, sub
from typing import Final

from attrs import evolve

from syntropism.domain.market.candidates import Allocation, Candidate, Instance, ShadowPrices
from syntropism.domain.market.duality import shadow_prices, shadow_weight
from syntropism.domain.market.ranking import rank
from syntropism.domain.market.resources import fits

MARGIN: Final = 60
"""How many of the least dense winners may be given up."""

WAITING_MAX: Final = 150
"""How many of the densest losers may take their place."""

_REFILLS_MAX: Final = 3_000
_REFILLS_MIN: Final = 20
_MANY: Final = 500
_RESOURCES_FREE: Final = 8
"""The bound: how often freed capacity is filled anew; the more resources than these, the fewer
refills, so that the work stays the same."""


def improved(instance: Instance, allocation: Allocation, refills: int = _REFILLS_MAX) -> Allocation:
    """``allocation``, or one that is worth more, and never one that leaves room for a loser.

    One or two winners leave, or a loser enters and as many winners leave as it needs; what is
    free then is filled by falling density. The first gain is taken, and it starts over, until
    nothing gains or the bound of ``refills`` is reached. Deterministic; it counts moves, not
    seconds.
    """
    prices = allocation.shadow_prices or shadow_prices(instance.candidates, instance.free)
    weight = shadow_weight(prices, instance.free)
    ranking = [
        one for one in rank(instance.candidates, weight, 0) if fits(one.rates, instance.free)
    ]
    winning = {winner.id for winner in allocation.winners}
    left, done = allocation.left, 0
    refills_max = refills * _RESOURCES_FREE // max(_RESOURCES_FREE, len(left))
    while done < refills_max:
        winners = [one for one in reversed(ranking) if one.id in winning][:MARGIN]
        waiting = [one for one in ranking if one.id not in winning][:WAITING_MAX]
        for leaving, entering in _exchanges(winners, waiting, left):
            done += 1
            room = _after(left, leaving, entering)
            joining = [*entering, *_filling(room, waiting, entering)]
            if _worth(joining) > _worth(leaving):
                winning -= {one.id for one in leaving}
                winning |= {one.id for one in joining}
                left = _after(left, leaving, joining)
                break
            if done >= refills_max:
                break
        else:
            break
    for one in ranking:
        if one.id not in winning and fits(one.rates, left):
            winning.add(one.id)
            left = _after(left, (), [one])
    return evolve(
        allocation,
        winners=tuple(one for one in ranking if one.id in winning),
        left=left,
        ranking=(),
        weight=None,
        shadow_prices=prices,
    )


def at_margin(
    instance: Instance,
    allocation: Allocation,
    waiting: Sequence[Candidate],
    others: Iterable[Candidate],
) -> Allocation:
    """``allocation``, which has shadow prices, or one that is worth more by exchanges between its
    last winners and those ``waiting``; then filled up with whoever of ``others`` fits.

    Who wins clearly and who loses clearly is left out, and the more candidates there are, the
    fewer refills are tried, for each matters less: the work does not grow with their number.
    """
    prices = allocation.shadow_prices
    assert prices is not None
    margin = allocation.winners[-MARGIN:]
    free = _after(allocation.left, margin, ())
    # The same prices per unit, of less capacity.
    values = tuple(
        value * some // whole if whole else 0
        for value, some, whole in zip(prices.values, free, instance.free, strict=True)
    )
    part = Instance((*margin, *waiting), free)
    before = Allocation(margin, allocation.left, shadow_prices=ShadowPrices(values, prices.unit))
    refills = _REFILLS_MAX * _MANY // max(_MANY, len(instance.candidates))
    after = improved(part, before, max(_REFILLS_MIN, refills))
    winners = (*allocation.winners[:-MARGIN], *after.winners)
    return filled(
        evolve(allocation, winners=winners, left=after.left, ranking=(), weight=None), others
    )


def filled(allocation: Allocation, others: Iterable[Candidate]) -> Allocation:
    """With whoever of ``others`` fits beside the winners, in their order."""
    won = {one.id for one in allocation.winners}
    winners, left = list(allocation.winners), allocation.left
    for one in others:
        if fits(one.rates, left) and one.id not in won:
            winners.append(one)
            left = _after(left, (), [one])
    return evolve(allocation, winners=tuple(winners), left=left)


_Exchange = tuple[Sequence[Candidate], Sequence[Candidate]]


def _exchanges(
    winners: Sequence[Candidate], waiting: Sequence[Candidate], left: tuple[int, ...]
) -> Iterable[_Exchange]:
    """Who might leave, and who must then enter."""
    alone: Iterable[_Exchange] = (((winner,), ()) for winner in winners)
    pushed = (
        (leaving, (loser,))
        for loser in waiting
        if (leaving := _making_room(loser, winners, left)) is not None
    )
    in_pairs: Iterable[_Exchange] = ((pair, ()) for pair in combinations(winners, 2))
    return chain(alone, pushed, in_pairs)


def _making_room(
    loser: Candidate, winners: Sequence[Candidate], left: tuple[int, ...]
) -> Sequence[Candidate] | None:
    """The least dense winners that together make room for ``loser``, if they are worth less."""
    leaving: list[Candidate] = []
    for winner in winners:
        if fits(loser.rates, left):
            break
        if any(
            need > available and rate
            for need, available, rate in zip(loser.rates, left, winner.rates, strict=True)
        ):
            leaving.append(winner)
            left = tuple(map(add, left, winner.rates))
    return leaving if fits(loser.rates, left) else None


def _filling(
    room: tuple[int, ...], waiting: Sequence[Candidate], taken: Sequence[Candidate]
) -> list[Candidate]:
    entered: list[Candidate] = []
    for one in waiting:
        if one not in taken and fits(one.rates, room):
            entered.append(one)
            room = tuple(map(sub, room, one.rates))
    return entered


def _after(
    left: tuple[int, ...], leaving: Sequence[Candidate], entering: Sequence[Candidate]
) -> tuple[int, ...]:
    for one in leaving:
        left = tuple(map(add, left, one.rates))
    for one in entering:
        left = tuple(map(sub, left, one.rates))
    return left


def _worth(candidates: Sequence[Candidate]) -> int:
    return sum(one.amount for one in candidates)
