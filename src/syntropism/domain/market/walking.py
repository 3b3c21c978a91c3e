"""Walking down a ranking: take what fits, skip what does not."""

from operator import sub

from syntropism.domain.market.candidates import Allocation, Candidate, Instance, Weight
from syntropism.domain.market.ranking import rank


def walk(instance: Instance, weight: Weight) -> Allocation:
    """The candidates by falling weighted amount, each taken if it fits what is left then.

    O(n log n + n·m).
    """
    ranking = rank(instance.candidates, weight, instance.ageing_permille)
    left = instance.free
    winners: list[Candidate] = []
    for candidate in ranking:
        for need, available in zip(candidate.rates, left, strict=True):
            if need > available:
                break
        else:
            winners.append(candidate)
            left = tuple(map(sub, left, candidate.rates))
    return Allocation(tuple(winners), left, ranking, weight)
