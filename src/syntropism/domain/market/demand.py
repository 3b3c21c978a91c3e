"""Demand: what was wanted at the posted prices, whoever won."""

from collections.abc import Iterable
from operator import add

from syntropism.domain.market.candidates import Candidate
from syntropism.domain.market.resources import Rates, fits


def demand(
    bids: Iterable[tuple[Candidate | None, Candidate | None]], free: Rates, held: Rates
) -> Rates:
    """D by resource, in milli-units: ``held`` plus the rates of the bids that count.

    A bid is ``(main, fallback)``, each ``None`` where it is ineligible. It counts once: with its
    main bundle, or with its fallback if no amount could have won the main one (ineligible, or
    larger than the free capacity). It counts if that bundle fits ``free``, for a bid that
    cannot fit must move no price, and if b ≥ s: the amount reaches the posted cost. The window
    fee is part of the amount but buys no resource, so it is not added to s.
    """
    total = held
    for main, fallback in bids:
        wanted = main if main is not None and fits(main.rates, free) else fallback
        if wanted is not None and wanted.amount >= wanted.cost and fits(wanted.rates, free):
            total = tuple(map(add, total, wanted.rates))
    return total
