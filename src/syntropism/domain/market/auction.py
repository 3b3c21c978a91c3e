"""One round of the market, told from top to bottom: bids in; wins, losses and a certificate out.

Pure: the same frozen bids give the same result, in whatever order they come.
"""

from collections.abc import Iterable, Sequence
from operator import add, sub

from attrs import frozen

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.bids import Offer
from syntropism.domain.market.candidates import Allocation, Candidate, Instance
from syntropism.domain.market.certificate import upper_bound
from syntropism.domain.market.costs import posted_cost, quote
from syntropism.domain.market.demand import demand
from syntropism.domain.market.losses import Loss, Losses, LossReason
from syntropism.domain.market.outbid import WinningAmounts
from syntropism.domain.market.presets import Preset, preset
from syntropism.domain.market.pricing import MarketObservation
from syntropism.domain.market.resources import Rates, fits
from syntropism.domain.market.rounds import AuctionBid, Clearing, RoundResult, Win
from syntropism.domain.market.solving import Solution, Solver, solve

__all__ = [
    "AuctionBid",
    "Clearing",
    "Loss",
    "LossReason",
    "RoundResult",
    "Win",
    "clear",
    "clear_round",
    "quote",
    "reprice",
]


@frozen(slots=True)
class _Pass:
    """One clearing of one set of offers."""

    instance: Instance
    solution: Solution

    @property
    def allocation(self) -> Allocation:
        return self.solution.allocation

    def won(self) -> set[str]:
        return {winner.id for winner in self.allocation.winners}


@frozen(slots=True)
class _Entrant:
    bid: AuctionBid
    main: Candidate | None
    fallback: Candidate | None

    @property
    def alternatives(self) -> list[Candidate]:
        return [one for one in (self.main, self.fallback) if one is not None]


def clear(instance: Instance, rules: Preset, solver: Solver = solve) -> Clearing:
    """Clear ``instance`` by ``rules``: winners, payments and the certificate.

    Candidates may have any number of resources; prices enter through their ``cost``.
    """
    solved = solver(instance, rules)
    allocation = solved.allocation
    welfare = allocation.welfare
    bound = allocation.bound
    if bound is None or (bound > welfare and allocation.shadow_prices is not None):
        ordered = sorted(instance.candidates, key=lambda one: (one.sequence, one.id))
        dual = upper_bound([[one] for one in ordered], instance.free, welfare, allocation)
        bound = dual if bound is None else min(bound, dual)
    bound = max(welfare, bound)
    return Clearing(
        allocation.winners, solved.payments, allocation.left, welfare, bound, allocation.remark
    )


def clear_round(
    bids: Iterable[AuctionBid],
    free: Rates,
    prices: Sequence[int],
    parameters: EconomicParameters,
    held: Rates = (),
    solver: Solver = solve,
) -> RoundResult:
    """Clear one cycle: the main bundles over ``free``, then the losers' fallbacks over the rest.

    ``free`` is what may be given away, ``held`` what earlier windows held at the freeze
    (nothing, if empty), ``prices`` the posted ones (pico-credits per unit·second); ``solver``
    decides who wins and pays what.

    Raises:
        Invalid: ``parameters.preset`` is unknown, or two bids have one id.
    """
    held = held or (0,) * len(free)
    rules, ageing = preset(parameters.preset), parameters.ageing_permille
    ordered = sorted(bids, key=lambda bid: (bid.sequence, bid.id))
    entrants = [_entrant(bid, prices, parameters) for bid in ordered]

    def solved(candidates: Iterable[Candidate | None], left: Rates) -> _Pass:
        able = tuple(one for one in candidates if one is not None)
        instance = Instance(able, left, ageing)
        return _Pass(instance, solver(instance, rules))

    mains = solved([one.main for one in entrants], free)
    won = mains.won()
    losers = [one for one in entrants if one.bid.id not in won]
    fallbacks = solved([one.fallback for one in losers], mains.allocation.left)
    won_fallback = fallbacks.won()

    welfare = mains.allocation.welfare + fallbacks.allocation.welfare
    used = tuple(map(sub, free, fallbacks.allocation.left))
    occupied = tuple(map(add, used, held))
    return RoundResult(
        wins=_wins(mains, fallback=False) + _wins(fallbacks, fallback=True),
        losses=_losses([one for one in losers if one.bid.id not in won_fallback], mains, fallbacks),
        used=used,
        occupied=occupied,
        demand=demand(((one.main, one.fallback) for one in entrants), free, held),
        utilization_permille=utilization(occupied, free, held),
        welfare=welfare,
        upper_bound=upper_bound(
            [one.alternatives for one in entrants], free, welfare, mains.allocation
        ),
    )


def utilization(occupied: Rates, free: Rates, held: Rates) -> tuple[int, ...]:
    """``occupied`` in thousandths of free plus held, rounded down; 0 where there is nothing."""
    return tuple(
        taken * 1000 // total if (total := spare + busy) else 0
        for taken, spare, busy in zip(occupied, free, held, strict=True)
    )


def reprice(
    result: RoundResult, prices: Rates, capacity: Rates, parameters: EconomicParameters
) -> tuple[int, ...]:
    """The posted prices after the round; ``capacity`` is the total, in milli-units."""
    return preset(parameters.preset).repricing(
        MarketObservation(
            prices=prices,
            demand=result.demand,
            occupied=result.occupied,
            capacity=capacity,
            targets_permille=parameters.targets_permille,
            min_prices=parameters.least_prices,
            max_prices=parameters.max_prices,
            step_permille=parameters.price_step_permille,
        )
    )


def _entrant(bid: AuctionBid, prices: Sequence[int], parameters: EconomicParameters) -> _Entrant:
    def candidate(offer: Offer | None) -> Candidate | None:
        if offer is None or offer.amount < offer.reserve:
            return None
        return Candidate(
            bid.id,
            offer.amount,
            offer.reserve,
            posted_cost(offer.bundle, prices, parameters),
            parameters.rates(offer.bundle),
            bid.age,
            bid.sequence,
        )

    return _Entrant(bid, candidate(bid.main), candidate(bid.fallback))


def _wins(solved: _Pass, *, fallback: bool) -> tuple[Win, ...]:
    return tuple(
        Win(winner.id, fallback, payment)
        for winner, payment in zip(solved.allocation.winners, solved.solution.payments, strict=True)
    )


def _losses(losers: Sequence[_Entrant], mains: _Pass, fallbacks: _Pass) -> Losses:
    over_mains = WinningAmounts(mains.instance, mains.allocation)
    over_fallbacks = WinningAmounts(fallbacks.instance, fallbacks.allocation)
    losses: list[Loss] = []
    for loser in losers:
        amount = bound = None
        for offer, over in ((loser.main, over_mains), (loser.fallback, over_fallbacks)):
            if offer is not None and amount is None and bound is None:
                amount, bound = over.amount_for(offer), over.bound_for(offer)
        losses.append(Loss(loser.bid.id, _reason(loser, mains.instance.free), amount, bound))
    return Losses.of(losses)


def _reason(loser: _Entrant, free: Rates) -> LossReason:
    if any(fits(one.rates, free) for one in loser.alternatives):
        return LossReason.OUTBID
    if loser.alternatives:
        return LossReason.DOES_NOT_FIT_CAPACITY
    if loser.bid.main is None and loser.bid.fallback is None:
        return LossReason.INELIGIBLE
    return LossReason.BELOW_RESERVE
