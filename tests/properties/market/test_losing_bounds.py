"""What a loser must at least have offered where no ranking names the amount: never too much."""

from attrs import evolve
from hypothesis import given

from syntropism.domain.market.candidates import Instance
from syntropism.domain.market.clearing import STRATEGIES
from syntropism.domain.market.outbid import WinningAmounts
from syntropism.testing.strategies_market import instances


@given(instances(candidates_max=8))
def test_with_less_the_best_allocation_does_not_hold_the_loser(instance):
    found = STRATEGIES["exact"](instance)
    amounts = WinningAmounts(instance, found)
    won = {winner.id for winner in found.winners}
    for loser in instance.candidates:
        if loser.id in won:
            continue
        least = amounts.bound_for(loser)
        assert amounts.amount_for(loser) is None
        if not all(map(int.__le__, loser.rates, instance.free)):
            assert least is None
            continue
        assert least is not None
        assert least >= loser.reserve
        for amount in {loser.reserve, (loser.reserve + least) // 2, least - 1}:
            if loser.reserve <= amount < least:
                others = tuple(
                    evolve(one, amount=amount) if one.id == loser.id else one
                    for one in instance.candidates
                )
                again = STRATEGIES["exact"](
                    Instance(others, instance.free, instance.ageing_permille)
                )
                assert loser.id not in {winner.id for winner in again.winners}


@given(instances(candidates_max=8))
def test_where_a_ranking_names_the_amount_there_is_no_bound_beside_it(instance):
    found = STRATEGIES["posted_density"](instance)
    amounts = WinningAmounts(instance, found)
    assert all(amounts.bound_for(one) is None for one in instance.candidates)
