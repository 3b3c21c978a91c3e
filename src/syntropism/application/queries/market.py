"""The market as its users see it: prices, state, book, quotes, history."""

from syntropism.application.commands.cycle_steps import occupied
from syntropism.application.placing import capacity_now
from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.queries.paging import page_of, require_cursor, require_limit
from syntropism.application.views.bids import BidView
from syntropism.application.views.market import (
    CycleView,
    MarketStateView,
    PricesView,
    ResourceState,
    priced,
    quantities,
    shares,
)
from syntropism.application.views.pages import Page
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Conflict, Invalid, NotFound
from syntropism.domain.identifiers import AgentId
from syntropism.domain.market.resources import subtract_rates

BOOK_MAX = 50


def posted_prices(uow: UnitOfWork, parameters: EconomicParameters) -> tuple[int, ...]:
    """The posted prices of every resource, in pico-credits.

    Raises:
        Conflict: the economy has not been founded.
    """
    prices = uow.market.prices()
    if prices is None:
        raise Conflict("the economy has not been founded")
    return parameters.price_vector(prices)


def prices(uow: UnitOfWork, parameters: EconomicParameters) -> PricesView:
    """The posted prices now."""
    latest = uow.cycles.latest()
    posted = priced(posted_prices(uow, parameters), parameters.resources)
    return PricesView(latest.number if latest else 0, posted)


def state(uow: UnitOfWork, parameters: EconomicParameters) -> MarketStateView:
    """The market now; the book is shown only when it is open."""
    capacity, names = capacity_now(uow, parameters), parameters.resources
    held = occupied(uow.executions.unfinished(), uow.prompts.queued(), parameters)
    latest = next((one for one in uow.cycles.page(5) if one.certificate), None)
    posted = priced(posted_prices(uow, parameters), names)
    total, free = quantities(capacity, names), quantities(subtract_rates(capacity, held), names)
    busy = shares(held, capacity, names)
    last = CycleView.of(latest) if latest else None
    bids = uow.bids.all_open()
    resources = {
        name: ResourceState(
            posted[name],
            total[name],
            free[name],
            last.utilization.get(name, 0.0) if last else busy[name],
            last.demand.get(name, 0.0) if last else 0.0,
        )
        for name in names
    }
    book = None
    if parameters.open_book:
        highest = sorted(bids, key=lambda bid: (-bid.main.amount, bid.sequence))[:BOOK_MAX]
        book = tuple(BidView.of(bid) for bid in highest)
    number = uow.cycles.latest()
    return MarketStateView(number.number if number else 0, resources, len(bids), book)


def resource_state(uow: UnitOfWork, parameters: EconomicParameters, name: str) -> ResourceState:
    """One resource now.

    Raises:
        NotFound: there is no such resource.
    """
    if name not in parameters.resources:
        raise NotFound(
            f"there is no resource {name[:40]!r}; there are {', '.join(parameters.resources)}",
            field="resource",
        )
    return state(uow, parameters).resources[name]


def bids(uow: UnitOfWork, party: AgentId | None, limit: int, cursor: str | None) -> Page[BidView]:
    """Bids that ``party`` placed or that are for it (or all), newest first."""
    rows = uow.bids.page(require_limit(limit) + 1, require_cursor(cursor), party)
    return page_of(rows, limit, lambda row: row.id, BidView.of)


def history(uow: UnitOfWork, limit: int, cursor: str | None) -> Page[CycleView]:
    """The cycles with their certificates, newest first.

    Raises:
        Invalid: the cursor is not a cycle number.
    """
    before = None
    if cursor is not None:
        if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 12:
            raise Invalid("cursor is not valid", field="cursor")
        before = int(cursor)
    rows = uow.cycles.page(require_limit(limit) + 1, before)
    return page_of(rows, limit, lambda row: str(row.number), CycleView.of)
