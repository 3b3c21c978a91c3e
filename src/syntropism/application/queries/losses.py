"""Who lost a round, why, and what would have won: the certificate, one bid at a time."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.queries.paging import LIMIT_MAX, require_limit
from syntropism.application.views.bids import LossView
from syntropism.application.views.pages import Page
from syntropism.domain.credits import Credits
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Invalid, NotFound
from syntropism.domain.identifiers import AgentId, BidId
from syntropism.domain.market.losses import Loss

_OWN_PAGES_MAX: Final = 50


def losses(
    uow: UnitOfWork,
    parameters: EconomicParameters,
    cycle: int,
    limit: int,
    cursor: str | None,
    asking: AgentId | None = None,
) -> Page[LossView]:
    """The losers of ``cycle`` in order of submission. With a sealed book an agent (``asking``)
    sees those bids that it placed or that were for it; operators (``None``) see all.

    Raises:
        NotFound: there is no such cycle.
        Invalid: the cursor is not a place in this list.
    """
    start = _place(cursor)
    if uow.cycles.get(cycle) is None:
        raise NotFound(f"there is no cycle {cycle}"[:60], field="cycle")
    found = uow.cycles.losses(cycle)
    if asking is not None and not parameters.open_book:
        own = _own(uow, asking, cycle)
        found = [loss for loss in found if loss.bid_id in own]
    shown = list(islice(found, start, start + require_limit(limit)))
    more = start + len(shown) < len(found)
    return Page(_views(uow, cycle, shown), str(start + len(shown)) if more else None)


def cycle_number(text: str) -> int:
    """The cycle that ``text`` names.

    Raises:
        Invalid: it is not a number.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid("cycle must be a whole number", field="cycle")
    return int(text)


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 12:
        raise Invalid("cursor is not valid", field="cursor")
    return int(cursor)


def _views(uow: UnitOfWork, cycle: int, shown: Sequence[Loss]) -> tuple[LossView, ...]:
    bids = uow.bids.lock(BidId(loss.bid_id) for loss in shown)
    return tuple(
        LossView(
            cycle,
            loss.bid_id,
            bids[BidId(loss.bid_id)].agent_id,
            Credits(bids[BidId(loss.bid_id)].main.amount),
            loss.reason.value,
            _credits(loss.amount_to_win),
            _credits(loss.amount_at_least),
        )
        for loss in shown
    )


def _credits(amount: int | None) -> Credits | None:
    return None if amount is None else Credits(amount)


def _own(uow: UnitOfWork, agent: AgentId, cycle: int) -> set[str]:
    """The bids of ``agent`` that may have been in ``cycle``. At most one is open for an agent,
    so that before one that ended earlier there is none; those it sponsors are few, and expire."""
    own: set[str] = set()
    before = None
    for _ in range(_OWN_PAGES_MAX):
        page = uow.bids.page(LIMIT_MAX, before, agent)
        own |= {bid.id for bid in page if bid.placed_cycle <= cycle}
        if len(page) < LIMIT_MAX or any(
            bid.agent_id == agent and bid.ended_cycle is not None and bid.ended_cycle < cycle
            for bid in page
        ):
            break
        before = page[-1].id
    return own
