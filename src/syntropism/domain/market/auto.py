"""The clearing strategy ``auto``: exact where that is affordable, else improved greedily."""

from typing import Final

from syntropism.domain.market.candidates import Allocation, Instance
from syntropism.domain.market.dual_greedy import dual_greedy
from syntropism.domain.market.exact import exact
from syntropism.domain.market.local_search import improved

EXACT_MAX: Final = 40
"""Up to so many candidates branch and bound mostly ends within its node limit."""


def auto(instance: Instance) -> Allocation:
    """``exact`` for up to ``EXACT_MAX`` candidates; else ``dual_greedy`` improved by a bounded
    local search."""
    if len(instance.candidates) <= EXACT_MAX:
        return exact(instance)
    return improved(instance, dual_greedy(instance))
