"""The clearing strategy ``auto``: exact where that is affordable, else improved greedily."""

from typing import Final

from attrs import evolve

from syntropism.domain.market.candidates import Allocation, Instance
from syntropism.domain.market.dual_greedy import dual_greedy
from syntropism.domain.market.duality import Dual
from syntropism.domain.market.exact import exact
from syntropism.domain.market.local_search import WAITING_MAX, at_margin, improved
from syntropism.domain.market.resources import fits

EXACT_MAX: Final = 40
"""Up to so many candidates branch and bound mostly ends within its node limit."""

WHOLE_MAX: Final = 500
"""Up to so many candidates the local search looks at all of them, beyond at the margin."""


def auto(instance: Instance) -> Allocation:
    """``exact`` for up to ``EXACT_MAX`` candidates; else ``dual_greedy`` improved by a bounded
    local search: over all candidates up to ``WHOLE_MAX``, at the margin if there are more."""
    if len(instance.candidates) <= EXACT_MAX:
        return exact(instance)
    greedy = dual_greedy(instance)
    if len(instance.candidates) <= WHOLE_MAX:
        return improved(instance, greedy)
    won = {one.id for one in greedy.winners}
    waiting = [
        one for one in greedy.ranking if one.id not in won and fits(one.rates, instance.free)
    ]
    after = at_margin(instance, greedy, waiting[:WAITING_MAX], greedy.ranking)
    assert after.shadow_prices is not None
    dual = Dual([[one] for one in instance.candidates], instance.free)
    return evolve(after, bound=dual.bound(after.shadow_prices), shadow_prices=None)
