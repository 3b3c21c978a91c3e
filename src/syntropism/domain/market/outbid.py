"""What would have won: the least amount with which each loser would have been accepted."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from operator import mul

from syntropism.domain.market.candidates import Allocation, Candidate, Instance, ShadowPrices
from syntropism.domain.market.duality import SHARE_BITS, Dual, unit_prices
from syntropism.domain.market.ranking import smallest_amount_beating
from syntropism.domain.market.resources import fits


class WinningAmounts:
    """Answers for the losers of one allocation, in O(m·log winners) each."""

    __slots__ = ("_allocation", "_dual", "_instance", "_used")

    def __init__(self, instance: Instance, allocation: Allocation) -> None:
        self._instance = instance
        self._allocation = allocation
        self._dual: tuple[ShadowPrices, int] | None = None
        self._used: Sequence[list[int]] = [
            list(accumulate((winner.rates[r] for winner in allocation.winners), initial=0))
            for r in range(len(instance.free))
        ]
        """By resource: what was taken after 0, 1, 2 … winners."""

    def amount_for(self, loser: Candidate) -> int | None:
        """The least amount (micro-credits) with which ``loser`` would have won, all others
        unchanged, or ``None``: it fits at no amount, or the strategy has no ranking.

        It would win if it came before the first winner after whom there is no room for it.
        """
        weight = self._allocation.weight
        if weight is None:
            return None
        roomy = min(
            (
                bisect_right(used, free - need)
                for used, free, need in zip(
                    self._used, self._instance.free, loser.rates, strict=True
                )
            ),
            default=0,
        )
        if roomy == 0:
            return None
        assert roomy <= len(self._allocation.winners), "a loser fits what is left over"
        blocker = self._allocation.winners[roomy - 1]
        return max(
            loser.reserve,
            smallest_amount_beating(blocker, loser, weight, self._instance.ageing_permille),
        )

    def bound_for(self, loser: Candidate) -> int | None:
        """What ``loser`` must have offered at least (micro-credits) to be in an allocation worth
        as much as the one chosen; ``None`` where a ranking names the amount itself, or none fits.

        Whatever is allocated beside it is worth at most λ·(c − w) + Σ max(0, b − λ·w) over the
        others, by weak duality for any λ ≥ 0. With U that bound on all bids and W what was
        reached, it follows that the amount is at least max(λ·w, b) − (U − W).
        """
        if self._allocation.weight is not None or not fits(loser.rates, self._instance.free):
            return None
        prices, slack = self._shadow_prices()
        worth: int = sum(map(mul, unit_prices(prices, self._instance.free), loser.rates))
        return max(loser.reserve, max(-(-worth >> 2 * SHARE_BITS), loser.amount) - slack)

    def _shadow_prices(self) -> tuple[ShadowPrices, int]:
        """λ, and U − W."""
        if self._dual is None:
            ordered = sorted(self._instance.candidates, key=lambda one: (one.sequence, one.id))
            dual = Dual([[one] for one in ordered], self._instance.free)
            welfare = self._allocation.welfare
            prices = self._allocation.shadow_prices or dual.search(welfare)
            self._dual = prices, max(0, dual.bound(prices) - welfare)
        return self._dual
