"""Settlement: the winners of a cycle are charged and queued, in one transaction."""

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from types import MappingProxyType
from typing import Final

from syntropism.application.effects import Effects
from syntropism.domain.economy.accounts import BURN
from syntropism.domain.economy.holds import Hold
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.economy.transfers import Transfer, TransferKind
from syntropism.domain.errors import Conflict
from syntropism.domain.events import Event, EventBatch
from syntropism.domain.execution.executions import Execution
from syntropism.domain.identifiers import AgentId, BidId, ExecutionId, WorkerId
from syntropism.domain.market.auction import RoundResult
from syntropism.domain.market.bids import Bid, Offer
from syntropism.domain.market.book import Book
from syntropism.domain.market.clearing import FIXED_RANKINGS
from syntropism.domain.market.costs import posted_cost
from syntropism.domain.market.cycles import Certificate, Cycle, CycleStep
from syntropism.domain.market.frontier import PERMILLE, Frontier, frontier
from syntropism.domain.market.losses import Losses
from syntropism.domain.market.presets import preset
from syntropism.domain.market.resources import Rates, add_rates

NOWHERE: Final[Mapping[str, WorkerId]] = MappingProxyType({})
"""No bid has a place of its own: there is one worker."""


def settle(
    fx: Effects,
    number: int,
    result: RoundResult,
    places: Mapping[str, WorkerId] = NOWHERE,
    book: Book | None = None,
) -> Cycle:
    """Pays the holds of the winners, queues their executions, starts cooldowns, lets the losers
    age, and stores the certificate. ``places`` tells by bid which worker has room for it;
    ``book`` is what was cleared, if it is at hand: then it need not be read again.
    Repeating it does nothing.

    A winner whose bid was cancelled since the freeze (its agent died) is passed over, in the
    certificate too.
    """
    cycle = fx.uow.cycles.get(number)
    if cycle is None or cycle.step is CycleStep.OPENED:
        raise Conflict("there is nothing to settle", cycle=number)
    if cycle.step is not CycleStep.FROZEN:
        return cycle
    frozen = _frozen(fx, number, book)
    wins = [win for win in result.wins if win.bid_id in frozen]
    winners = fx.uow.bids.lock(BidId(win.bid_id) for win in wins)
    won = [
        winners[BidId(win.bid_id)].won(win.payment, number, fallback=win.fallback) for win in wins
    ]
    holds = fx.uow.holds.get(bid.hold_id for bid in won)
    fx.uow.holds.save([holds[bid.hold_id].ended(bid.payment or 0, fx.now) for bid in won])
    moves = [move for bid in won for move in _charge(fx, bid, holds[bid.hold_id])]
    fx.uow.ledger.post(moves)
    executions = [_execution(fx, bid, places.get(bid.id)) for bid in won]
    fx.uow.bids.save(won)
    fx.uow.executions.add(executions)
    _start_cooldowns(fx, executions, number)
    fx.uow.bids.thaw_losers(number)
    losses = _losses(result, frozen)
    for events in (
        *_win_events(fx, won, executions),
        _burn_event(fx, moves),
        _loss_events(fx, losses, frozen),
    ):
        fx.uow.events.append(events)
    settled = cycle.settled(_certificate(fx, cycle, result, len(frozen), won))
    fx.uow.cycles.save(settled)
    fx.uow.cycles.save_losses(number, losses)
    return settled


def _frozen(fx: Effects, number: int, book: Book | None) -> Mapping[BidId, AgentId]:
    """For whom the bids are that are still frozen. None has joined those in the book, so it is
    they if they are as many."""
    if book is not None and fx.uow.bids.frozen_count(number) == len(book):
        return dict(zip(map(BidId, book.ids), book.agents, strict=True))
    return fx.uow.bids.frozen_agents(number)


def _charge(fx: Effects, bid: Bid, hold: Hold) -> list[Transfer]:
    assert bid.payment is not None
    moves = [(BURN, bid.payment, TransferKind.PAYMENT)]
    moves.append((hold.payer, hold.amount - bid.payment, TransferKind.BID_RETURNED))
    return [
        fx.transfer(hold.account, to, amount, kind, bid.id) for to, amount, kind in moves if amount
    ]


def _won_offer(bid: Bid) -> Offer:
    return bid.fallback if bid.won_fallback and bid.fallback else bid.main


def _execution(fx: Effects, bid: Bid, offered_to: WorkerId | None) -> Execution:
    return Execution(
        id=ExecutionId(fx.new_id()),
        agent_id=bid.agent_id,
        bid_id=bid.id,
        payer=bid.payer,
        cycle=fx.cycle,
        bundle=_won_offer(bid).bundle,
        payment=bid.payment or 0,
        queued_at=fx.now,
        offered_to=offered_to,
    )


def _start_cooldowns(fx: Effects, executions: list[Execution], number: int) -> None:
    seen: list[AgentId] = [
        execution.agent_id for execution in executions if execution.bundle.attention_share
    ]
    if seen:
        agents = fx.uow.agents.lock(seen).values()
        fx.uow.agents.save([agent.bought_attention(number, fx.parameters) for agent in agents])


def _win_events(
    fx: Effects, won: list[Bid], executions: list[Execution]
) -> tuple[EventBatch, EventBatch]:
    victories = fx.events(
        "market.bid.won",
        bid_id=[bid.id for bid in won],
        agent_id=[bid.agent_id for bid in won],
        payment_micro=[bid.payment for bid in won],
        fallback=[bid.won_fallback for bid in won],
    )
    queued = fx.events(
        "execution.run.queued",
        victories.ids,
        execution_id=[execution.id for execution in executions],
        agent_id=[bid.agent_id for bid in won],
        bid_id=[bid.id for bid in won],
    )
    return victories, queued


def _burn_event(fx: Effects, moves: list[Transfer]) -> list[Event]:
    """All payments of a cycle as one sum: one event per win would only repeat what it says."""
    paid = [move for move in moves if move.credit == BURN]
    reason = TransferKind.PAYMENT.value
    return [fx.burned(paid, reason=reason, wins=len(paid))] if paid else []


def _losses(result: RoundResult, frozen: Mapping[BidId, AgentId]) -> Losses:
    """The losses of the bids that are still frozen."""
    losses = result.losses if isinstance(result.losses, Losses) else Losses.of(result.losses)
    if len(result.wins) + len(losses) == len(frozen):
        return losses
    return Losses.of(loss for loss in losses if loss.bid_id in frozen)


def _loss_events(fx: Effects, losses: Losses, frozen: Mapping[BidId, AgentId]) -> EventBatch:
    bounds = losses.amounts_at_least
    bounded = {} if bounds is None else {"amount_at_least_micro": bounds}
    return fx.events(
        "market.bid.outbid",
        bid_id=losses.bid_ids,
        agent_id=[frozen[BidId(bid_id)] for bid_id in losses.bid_ids],
        reason=[reason.value for reason in losses.reasons],
        amount_to_win_micro=losses.amounts_to_win,
        **bounded,
    )


def _certificate(
    fx: Effects, cycle: Cycle, result: RoundResult, bids: int, won: list[Bid]
) -> Certificate:
    rates = [fx.parameters.rates(_won_offer(bid).bundle) for bid in won]
    return Certificate(
        strategy=preset(fx.parameters.preset).name,
        bids=bids,
        wins=len(won),
        welfare=sum(_won_offer(bid).amount for bid in won),
        upper_bound=result.upper_bound,
        volume=sum(bid.payment or 0 for bid in won),
        demand=result.demand,
        used=reduce(add_rates, rates, (0,) * len(result.used)),
        frontier=_frontier(fx.parameters, cycle, won, rates),
    )


def _frontier(
    parameters: EconomicParameters, cycle: Cycle, won: list[Bid], rates: list[Rates]
) -> Frontier:
    """Of the main winners, in the order of their ranking. Where the strategy had none, they are
    ranked by aged density here: what it took is then an estimate."""
    rules = preset(parameters.preset)

    def weight(bid: Bid) -> tuple[int, int]:
        aged = bid.main.amount * (PERMILLE + parameters.ageing_permille * bid.age)
        if rules.clearing == "amount":
            return aged, 0
        return aged, posted_cost(bid.main.bundle, cycle.prices, parameters)

    mains = [pair for pair in zip(won, rates, strict=True) if not pair[0].won_fallback]
    if rules.clearing not in FIXED_RANKINGS:
        mains.sort(key=lambda pair: Fraction(*weight(pair[0])), reverse=True)
    taken = [used for _, used in mains]
    return frontier(cycle.free, taken, lambda place: weight(mains[place][0]))
