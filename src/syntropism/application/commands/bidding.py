"""Placing, replacing and withdrawing bids."""

from typing import Any

from attrs import evolve, frozen

from syntropism.application.effects import Effects
from syntropism.application.views.bids import BidView
from syntropism.domain.economy.accounts import agent_account
from syntropism.domain.economy.holds import HoldPurpose
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.errors import Conflict, Forbidden, NotFound
from syntropism.domain.identifiers import AccountId, AgentId, BidId, HoldId
from syntropism.domain.market.bids import Bid, BidStatus, Offer
from syntropism.domain.market.offers import make_offer
from syntropism.domain.market.resources import Bundle
from syntropism.domain.population.agents import AgentStatus


@frozen(slots=True)
class BidRequest:
    """What a bidder asks for: a bundle and an amount (micro-credits), and perhaps a fallback."""

    bundle: Bundle
    amount: int
    fallback_bundle: Bundle | None = None
    fallback_amount: int = 0

    @property
    def document(self) -> dict[str, Any]:
        """The request as a JSON object: what tells it from another one."""
        return {
            "bundle": self.bundle.document,
            "amount": self.amount,
            "fallback_bundle": self.fallback_bundle.document if self.fallback_bundle else None,
            "fallback_amount": self.fallback_amount,
        }


def place_bid(fx: Effects, payer: AccountId, agent_id: AgentId, request: BidRequest) -> BidView:
    """A bid for ``agent_id``, paid by ``payer``: itself, a sponsoring agent or the treasury.

    A bid of its own replaces whatever is open for the agent and wakes a dormant agent; a
    sponsor can bid only for an agent that has none.

    Raises:
        Invalid: the offer is not one the market takes (see ``make_offer``).
        NotFound: there is no such agent.
        Conflict: the agent is dead, has a bid (for sponsors), or one that is being cleared.
        InsufficientCredits: the payer cannot cover the hold.
    """
    parameters = fx.parameters
    main = make_offer(request.bundle, request.amount, parameters)
    fallback = (
        make_offer(request.fallback_bundle, request.fallback_amount, parameters, "fallback.")
        if request.fallback_bundle
        else None
    )
    agent = fx.uow.agents.lock([agent_id]).get(agent_id)
    if agent is None:
        raise NotFound(f"there is no agent {agent_id}"[:120], field="beneficiary_id")
    agent.require_living("beneficiary_id")
    own = payer == agent_account(agent_id)
    standing = fx.uow.bids.open_for(agent_id)
    if standing is not None:
        if not own:
            raise Conflict("the agent has an open bid", field="beneficiary_id", bid_id=standing.id)
        standing.require_changeable()
        end_bid(fx, standing, BidStatus.REPLACED)
    bid = open_bid(fx, payer, agent_id, main, fallback)
    if own and agent.status is AgentStatus.DORMANT:
        fx.uow.agents.save([agent.awake()])
        fx.happened("population.agent.awakened", agent_id=agent_id)
    return BidView.of(bid)


def open_bid(
    fx: Effects, payer: AccountId, agent_id: AgentId, main: Offer, fallback: Offer | None
) -> Bid:
    """A new open bid on offers that were checked before, with its hold.

    Raises:
        InsufficientCredits: the payer cannot cover the hold.
    """
    bid = Bid(
        BidId(fx.new_id()),
        agent_id,
        payer,
        HoldId(""),
        main,
        fallback,
        fx.uow.bids.next_sequence(),
        fx.cycle,
        fx.now,
    )
    hold_id = fx.hold(payer, bid.amount_held, HoldPurpose.BID, bid.id, TransferKind.BID_HELD)
    bid = evolve(bid, hold_id=hold_id)
    fx.uow.bids.add(bid)
    fx.happened(
        "market.bid.placed",
        bid_id=bid.id,
        agent_id=agent_id,
        payer_id=payer,
        amount_micro=main.amount,
        bundle=main.bundle.document,
    )
    return bid


def end_bid(fx: Effects, bid: Bid, status: BidStatus) -> Bid:
    """Ends an open bid without a win: its hold goes back to its payer."""
    fx.release(bid.hold_id, TransferKind.BID_RETURNED)
    ended = bid.ended(status, fx.cycle)
    fx.uow.bids.save([ended])
    fx.happened(
        f"market.bid.{status.value}", bid_id=bid.id, agent_id=bid.agent_id, payer_id=bid.payer
    )
    return ended


def _party_bid(fx: Effects, party: AgentId, bid_id: BidId) -> Bid:
    bid = fx.uow.bids.get(bid_id)
    if bid is None:
        raise NotFound(f"there is no bid {bid_id}"[:120], field="bid_id")
    if bid.payer != agent_account(party):
        raise Forbidden("this bid is not yours", bid_id=bid.id)
    return bid


def replace_bid(fx: Effects, payer: AgentId, bid_id: BidId, request: BidRequest) -> BidView:
    """A new bid in the place of an open one that ``payer`` pays for.

    Raises:
        NotFound: there is no such bid.
        Forbidden: somebody else pays for it.
        Conflict: it is no longer open, or is being cleared.
        Invalid, InsufficientCredits: as :func:`place_bid`.
    """
    standing = _party_bid(fx, payer, bid_id)
    standing.require_changeable()
    end_bid(fx, standing, BidStatus.REPLACED)
    return place_bid(fx, agent_account(payer), standing.agent_id, request)


def withdraw_bid(fx: Effects, payer: AgentId, bid_id: BidId) -> BidView:
    """Takes an open bid back; its hold is returned.

    Raises:
        NotFound: there is no such bid.
        Forbidden: somebody else pays for it.
        Conflict: it is no longer open, or is being cleared.
    """
    standing = _party_bid(fx, payer, bid_id)
    standing.require_changeable()
    return BidView.of(end_bid(fx, standing, BidStatus.WITHDRAWN))
