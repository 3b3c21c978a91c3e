"""What must be true in the end, whatever went wrong on the way."""

from collections import Counter

from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.application.queries.audit import audit
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.economy.transfers import Transfer, TransferKind
from syntropism.domain.market.bids import BidStatus
from syntropism.testing.simulation.agents import MEMO, Acknowledged
from syntropism.testing.simulation.outside import CONSUMER, Subscription

ALL = 1_000_000


def judge(
    store: UnitOfWorkFactory, parameters: EconomicParameters, acknowledged: Acknowledged
) -> list[str]:
    """What is broken, a line each: every law of DESIGN §2, and what the processes were told
    against what is stored."""
    with store(read_only=True) as uow:
        transfers = uow.ledger.transfers_since(None, ALL)
        return [
            *(f"law {one.law}: {one.message}" for one in audit(uow, parameters).findings),
            *_won_once(uow, transfers),
            *_tipped_once(transfers, acknowledged),
        ]


def told_outside(store: UnitOfWorkFactory, subscription: Subscription) -> list[str]:
    """Whatever happened is out, once and in order, but for the newest of it; and each event that
    was consumed had its effect once."""
    with store(read_only=True) as uow:
        happened = [event.id for event in uow.events.since(0, ALL)]
        counted = uow.positions.get(CONSUMER)
    out = [event.id for event in subscription.stream.events]
    broken = [] if out == happened[: len(out)] else ["what is published is not what happened"]
    if counted != len(subscription.taken):
        broken.append(f"{len(subscription.taken)} events had {counted} effects")
    return broken


def _won_once(uow: UnitOfWork, transfers: list[Transfer]) -> list[str]:
    """Every won bid has one window and one charge (law 6)."""
    windows = Counter(one.bid_id for one in uow.executions.page(ALL))
    charges = Counter(one.reference for one in transfers if one.kind is TransferKind.PAYMENT)
    won = [bid.id for bid in uow.bids.page(ALL, status=BidStatus.WON)]
    broken = [f"law 6: bid {bid} has {windows[bid]} windows" for bid in won if windows[bid] != 1]
    broken += [f"law 6: bid {bid} has {charges[bid]} charges" for bid in won if charges[bid] != 1]
    return broken


def _tipped_once(transfers: list[Transfer], acknowledged: Acknowledged) -> list[str]:
    """What was acknowledged is there; nothing is there twice, or unasked (law 9)."""
    found = Counter(one.memo.removeprefix(MEMO) for one in transfers if one.memo.startswith(MEMO))
    broken = [f"law 9: tip {key} was paid {n} times" for key, n in found.items() if n > 1]
    broken += [f"tip {key} was never asked for" for key in found if key not in acknowledged.asked]
    lost = [key for key in acknowledged.tips if not found[key]]
    broken += [f"tip {key} was acknowledged and lost" for key in lost]
    broken += [f"law 9: request {key} got two answers" for key in acknowledged.answered_twice]
    return broken
