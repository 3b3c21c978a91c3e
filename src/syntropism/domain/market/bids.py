"""Bids: offers for bundles, backed by a hold, with an optional fallback."""

from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from syntropism.domain.economy.accounts import agent_account
from syntropism.domain.errors import Conflict
from syntropism.domain.identifiers import AccountId, AgentId, BidId, HoldId
from syntropism.domain.market.resources import Bundle


class BidStatus(StrEnum):
    """Where a bid stands; losing a round is an event, not a status."""

    OPEN = "open"
    WON = "won"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@frozen(slots=True)
class Offer:
    """An amount (micro-credits) for a bundle, with the reserve it had to meet."""

    bundle: Bundle
    amount: int
    reserve: int


@frozen(slots=True)
class Bid:
    """One agent's standing offer. At most one is open per agent.

    ``payer`` is the agent itself, a sponsoring agent, or the treasury. ``age`` counts the
    rounds it took part in and lost. ``frozen_cycle`` is the cycle that is clearing it right
    now, or ``None``.  ``sequence`` orders submissions.
    """

    id: BidId
    agent_id: AgentId
    payer: AccountId
    hold_id: HoldId
    main: Offer
    fallback: Offer | None
    sequence: int
    placed_cycle: int
    placed_at: datetime
    status: BidStatus = BidStatus.OPEN
    age: int = 0
    frozen_cycle: int | None = None
    payment: int | None = None
    won_fallback: bool = False
    ended_cycle: int | None = None

    @property
    def amount_held(self) -> int:
        """What the hold must contain: the larger of the two amounts."""
        return max(self.main.amount, self.fallback.amount if self.fallback else 0)

    @property
    def sponsored(self) -> bool:
        """Whether somebody other than the agent pays."""
        return self.payer != agent_account(self.agent_id)

    def frozen_in(self, cycle: int) -> "Bid":
        """Locked for the clearing of ``cycle``."""
        return self._standing(self.age, cycle)

    def won(self, payment: int, cycle: int, *, fallback: bool) -> "Bid":
        """Won in ``cycle`` at ``payment`` micro-credits."""
        offer = self.fallback if fallback else self.main
        assert offer is not None and self.status is BidStatus.OPEN
        assert offer.reserve <= payment <= offer.amount, (payment, offer)
        return Bid(*self._terms(), BidStatus.WON, self.age, None, payment, fallback, cycle)

    def lost(self) -> "Bid":
        """One round older, and free to be changed again."""
        return self._standing(self.age + 1, None)

    def _standing(self, age: int, frozen_cycle: int | None) -> "Bid":
        """The same, at another age or frozen for another cycle. Written out, because a round
        makes one for every bid, and ``evolve`` costs several times as much."""
        return Bid(
            *self._terms(),
            self.status,
            age,
            frozen_cycle,
            self.payment,
            self.won_fallback,
            self.ended_cycle,
        )

    def _terms(
        self,
    ) -> tuple[BidId, AgentId, AccountId, HoldId, Offer, Offer | None, int, int, datetime]:
        """What never changes."""
        return (
            self.id,
            self.agent_id,
            self.payer,
            self.hold_id,
            self.main,
            self.fallback,
            self.sequence,
            self.placed_cycle,
            self.placed_at,
        )

    def ended(self, status: BidStatus, cycle: int) -> "Bid":
        """Ended without winning: withdrawn, replaced, expired or cancelled."""
        assert self.status is BidStatus.OPEN and status not in (BidStatus.OPEN, BidStatus.WON)
        return evolve(self, status=status, ended_cycle=cycle, frozen_cycle=None)

    def require_changeable(self) -> None:
        """Raises:
        Conflict: the bid is not open, or is frozen for clearing (then with a retry hint).
        """
        if self.status is not BidStatus.OPEN:
            raise Conflict(f"bid is {self.status.value}, not open", bid_id=self.id)
        if self.frozen_cycle is not None:
            raise Conflict(
                "bid is being cleared; try again shortly", retry_after_seconds=1, bid_id=self.id
            )
