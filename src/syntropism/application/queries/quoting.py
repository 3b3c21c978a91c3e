"""What a bundle would cost now, and how often an amount for it would have won lately."""

from typing import Final

from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.queries.market import posted_prices
from syntropism.application.views.bids import QuoteView
from syntropism.domain.credits import Credits
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Invalid
from syntropism.domain.market.costs import posted_cost
from syntropism.domain.market.costs import quote as quote_bundle
from syntropism.domain.market.frontier import amount_needed
from syntropism.domain.market.further import require_known
from syntropism.domain.market.resources import Bundle

HISTORY_CYCLES: Final = 20


def quote(
    uow: UnitOfWork, parameters: EconomicParameters, bundle: Bundle, amount: int | None = None
) -> QuoteView:
    """What ``bundle`` costs, and the share of the last ``HISTORY_CYCLES`` cleared cycles in which
    ``amount`` (micro-credits; if ``None`` its posted cost, or its reserve if that is more) would
    have won, by the frontier that each clearing left. It is history, not a promise.

    Raises:
        Invalid: a resource that the economy does not have, or a negative amount.
    """
    if amount is not None and amount < 0:
        raise Invalid("amount must not be negative", field="amount")
    require_known(bundle, parameters.further, "bundle.")
    quoted = quote_bundle(bundle, posted_prices(uow, parameters), parameters)
    offered = max(quoted.posted_cost, quoted.reserve) if amount is None else amount
    needed = _needed(uow, parameters, bundle, quoted.reserve)
    enough = sum(one is not None and one <= offered for one in needed)
    return QuoteView(
        Credits(quoted.posted_cost),
        Credits(quoted.reserve),
        Credits(offered),
        enough / len(needed) if needed else None,
        len(needed),
        _median(needed),
    )


def _needed(
    uow: UnitOfWork, parameters: EconomicParameters, bundle: Bundle, reserve: int
) -> list[int | None]:
    """By recent cycle what would have won, ``None`` where nothing could have. Cycles with other
    resources say nothing."""
    rates = parameters.rates(bundle)
    return [
        amount_needed(
            one.certificate.frontier,
            one.free,
            rates,
            posted_cost(bundle, one.prices, parameters),
            reserve,
        )
        for one in uow.cycles.page(HISTORY_CYCLES)
        if one.certificate is not None and one.resources == parameters.resources
    ]


def _median(needed: list[int | None]) -> Credits | None:
    """What would have won at least half of the cycles."""
    able = sorted(one for one in needed if one is not None)
    half = -(-len(needed) // 2)
    return Credits(able[half - 1]) if needed and len(able) >= half else None
