"""The certificate of a clearing: an amount that no allocation whatever could have exceeded."""

from collections.abc import Sequence

from syntropism.domain.market.candidates import Allocation, Candidate
from syntropism.domain.market.duality import Dual


def upper_bound(
    bids: Sequence[Sequence[Candidate]],
    capacity: tuple[int, ...],
    welfare: int,
    solved: Allocation | None = None,
) -> int:
    """An upper bound, in micro-credits, on what any allocation of ``capacity`` could be worth.

    Each entry of ``bids`` holds the alternatives of one bid (main, fallback). ``welfare`` is
    what was reached: the search stops when the bound meets it. The shadow prices that
    ``solved`` worked with are used again, and nothing is searched. Otherwise the work is at
    most 100 passes over 1,000 bids plus one over all of them.
    """
    dual = Dual(bids, capacity)
    if dual.everything <= welfare:
        return dual.everything
    found = solved.shadow_prices if solved is not None else None
    return max(welfare, dual.bound(found or dual.search(welfare)))
