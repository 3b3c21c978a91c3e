"""What would have won: the least amount with which each loser would have been accepted."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from syntropism.domain.market.candidates import Allocation, Candidate, Instance
from syntropism.domain.market.ranking import smallest_amount_beating


class WinningAmounts:
    """Answers for the losers of one allocation, in O(m·log winners) each."""

    __slots__ = ("_allocation", "_instance", "_used")

    def __init__(self, instance: Instance, allocation: Allocation) -> None:
        self._instance = instance
        self._allocation = allocation
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
