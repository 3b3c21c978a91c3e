"""What a loser is told would have won does win, and a micro-credit less does not."""

import pytest
from attrs import evolve
from hypothesis import given

from syntropism.domain.market.clearing import FIXED_RANKINGS, STRATEGIES
from syntropism.domain.market.outbid import WinningAmounts
from syntropism.domain.market.resources import fits
from syntropism.testing.strategies_market import instances


@pytest.mark.parametrize("name", sorted(FIXED_RANKINGS))
@given(instance=instances())
def test_the_amount_to_win_is_the_least_that_wins(name, instance):
    strategy = STRATEGIES[name]
    allocation = strategy(instance)
    amounts = WinningAmounts(instance, allocation)

    def wins(loser, amount):
        bids = tuple(evolve(c, amount=amount) if c is loser else c for c in instance.candidates)
        return loser.id in {c.id for c in strategy(evolve(instance, candidates=bids)).winners}

    for loser in set(instance.candidates) - set(allocation.winners):
        amount = amounts.amount_for(loser)
        assert (amount is None) == (not fits(loser.rates, instance.free))
        if amount is not None:
            assert amount > loser.amount
            assert wins(loser, amount)
            assert not wins(loser, amount - 1)
