"""Bids: what was offered, what it would take to win, and why it lost."""

from attrs import frozen

from syntropism.domain.credits import Credits
from syntropism.domain.market.bids import Bid, Offer
from syntropism.domain.market.resources import Bundle


@frozen
class OfferView:
    """An offer with its reserve."""

    bundle: Bundle
    amount: Credits
    reserve: Credits

    @classmethod
    def of(cls, offer: Offer) -> "OfferView":
        return cls(offer.bundle, Credits(offer.amount), Credits(offer.reserve))


@frozen
class BidView:
    """A bid as its parties see it."""

    id: str
    agent_id: str
    payer_id: str
    status: str
    bundle: Bundle
    amount: Credits
    reserve: Credits
    fallback: OfferView | None
    age: int
    placed_cycle: int
    payment: Credits | None
    won_fallback: bool

    @classmethod
    def of(cls, bid: Bid) -> "BidView":
        return cls(
            bid.id,
            bid.agent_id,
            bid.payer,
            bid.status.value,
            bid.main.bundle,
            Credits(bid.main.amount),
            Credits(bid.main.reserve),
            OfferView.of(bid.fallback) if bid.fallback else None,
            bid.age,
            bid.placed_cycle,
            None if bid.payment is None else Credits(bid.payment),
            bid.won_fallback,
        )


@frozen
class QuoteView:
    """What a bundle would cost. ``win_probability`` is the share of the last ``cycles`` cycles in
    which ``amount`` would have won, ``None`` without history; ``amount_median`` is what would
    have won at least half of them, ``None`` if nothing would."""

    posted_cost: Credits
    reserve: Credits
    amount: Credits
    win_probability: float | None
    cycles: int
    amount_median: Credits | None


@frozen
class LossView:
    """A bid that lost a round: what it offered with its main bundle, why it lost, and the least
    amount that would have won. ``None`` where no amount could have, or where the strategy has no
    ranking; then ``amount_at_least`` may bound it from below."""

    cycle: int
    bid_id: str
    agent_id: str
    amount: Credits
    reason: str
    amount_to_win: Credits | None
    amount_at_least: Credits | None
