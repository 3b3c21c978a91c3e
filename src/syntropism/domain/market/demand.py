"""Demand: what was wanted at the posted prices, whoever won."""

from collections.abc import Iterable
from operator import add

from syntropism.domain.market.candidates import Candidate
from syntropism.domain.market.resources import Rates, fits


def demand(
    bids: Iterable[tuple[Candidate | None, Candidate | None]], free: Rates, held: Rates
) -> Rates:
    """D by resource, in milli-units: ``held`` plus the rates of the bids that count.

    A bid is ``(main, fallback)``, each ``None`` where it is ineligible (cooldown). It counts
    once: with its main bundle if that counts, else with its fallback. A bundle counts if it fits
    ``free``, for a bid that cannot fit must move no price, and if b ≥ s: the amount reaches the
    posted cost. The window fee is part of the amount but buys no resource, so it is not added
    to s. Were a fallback not counted where the main bundle has become too dear, the price of
    attention would hide the demand for everything else.
    """
    total = held
    for alternatives in bids:
        for wanted in alternatives:
            if wanted is None or wanted.amount < wanted.cost or not fits(wanted.rates, free):
                continue
            total = tuple(map(add, total, wanted.rates))
            break
    return total
