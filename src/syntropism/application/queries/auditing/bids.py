"""Laws 4, 6 and 13 on bids: one hold each, and for the won one charge and one execution."""

from collections import defaultdict

from syntropism.application.queries.auditing.evidence import Evidence, Move, pages
from syntropism.application.queries.auditing.past import Past
from syntropism.domain.economy.accounts import BURN
from syntropism.domain.economy.holds import Hold, HoldPurpose, HoldStatus
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.execution.executions import Execution
from syntropism.domain.market.bids import Bid, BidStatus


def check_bids(evidence: Evidence, past: Past) -> None:
    """Every bid against its hold, its transfers, its execution and its events."""
    uow = evidence.uow
    standing: set[str] = set()
    for page in pages(uow.bids.page, lambda bid: bid.id):
        holds = uow.holds.get(bid.hold_id for bid in page)
        moved = uow.ledger.of_holds(bid.hold_id for bid in page)
        executions: defaultdict[str, list[Execution]] = defaultdict(list)
        for execution in uow.executions.of_bids(bid.id for bid in page):
            executions[execution.bid_id].append(execution)
        for bid in page:
            evidence.checked["bids"] += 1
            past.compare(evidence, "bid", bid.id, bid.status.value)
            hold = holds.get(bid.hold_id)
            if hold is None:
                evidence.fail(4, f"bid {bid.id} has no hold")
                continue
            _check_hold(evidence, bid, hold)
            evidence.reconcile(f"bid {bid.id}", _moves(bid, hold), moved.get(hold.id, []))
            _check_win(evidence, bid, executions[bid.id])
            if bid.status is BidStatus.OPEN:
                evidence.require(
                    4, bid.agent_id not in standing, f"agent {bid.agent_id} has two open bids"
                )
                standing.add(bid.agent_id)


def _check_hold(evidence: Evidence, bid: Bid, hold: Hold) -> None:
    backs = (hold.payer, hold.amount, hold.purpose, hold.reference)
    evidence.require(
        4,
        backs == (bid.payer, bid.amount_held, HoldPurpose.BID, bid.id),
        f"hold {hold.id} is not that of its bid {bid.id}",
    )
    evidence.require(
        4,
        (hold.status is HoldStatus.OPEN) == (bid.status is BidStatus.OPEN),
        f"bid {bid.id} is {bid.status.value}, its hold {hold.status.value}",
    )


def _moves(bid: Bid, hold: Hold) -> list[Move]:
    """What should have moved for ``bid``; a lost round moves nothing."""
    moves = [Move(TransferKind.BID_HELD, bid.payer, hold.account, hold.amount)]
    payment = bid.payment or 0
    if bid.status is BidStatus.WON:
        moves.append(Move(TransferKind.PAYMENT, hold.account, BURN, payment))
    if bid.status is not BidStatus.OPEN:
        rest = hold.amount - payment
        moves.append(Move(TransferKind.BID_RETURNED, hold.account, bid.payer, rest))
    return moves


def _check_win(evidence: Evidence, bid: Bid, executions: list[Execution]) -> None:
    if bid.status is not BidStatus.WON:
        evidence.require(4, bid.payment is None, f"bid {bid.id} was not won but has a payment")
        evidence.require(6, not executions, f"bid {bid.id} was not won but has an execution")
        return
    offer = bid.fallback if bid.won_fallback else bid.main
    if offer is None or bid.payment is None:
        evidence.fail(4, f"won bid {bid.id} has no payment or no such offer")
        return
    evidence.require(
        4,
        0 <= offer.reserve <= bid.payment <= offer.amount,
        f"the payment of bid {bid.id} is not between its reserve and its amount",
    )
    evidence.require(
        6, len(executions) == 1, f"won bid {bid.id} has {len(executions)} executions, not one"
    )
    terms = (bid.agent_id, bid.payer, bid.payment, offer.bundle, bid.ended_cycle)
    for execution in executions:
        got = (
            execution.agent_id,
            execution.payer,
            execution.payment,
            execution.bundle,
            execution.cycle,
        )
        evidence.require(6, got == terms, f"execution {execution.id} is not what its bid won")
