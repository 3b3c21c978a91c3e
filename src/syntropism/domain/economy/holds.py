"""Holds: credits set aside, ended exactly once (law 4)."""

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from syntropism.domain.economy.accounts import hold_account
from syntropism.domain.errors import Conflict
from syntropism.domain.identifiers import AccountId, HoldId


class HoldPurpose(StrEnum):
    """What the credits are set aside for."""

    BID = "bid"
    PROMPT = "prompt"


class HoldStatus(StrEnum):
    """Whether the credits are still set aside, and how they ended."""

    OPEN = "open"
    PAID = "paid"
    RETURNED = "returned"
    SPLIT = "split"


@frozen(slots=True)
class Hold:
    """``amount`` micro-credits of ``payer``, set aside for ``reference``; itself an account."""

    id: HoldId
    payer: AccountId
    amount: int
    purpose: HoldPurpose
    reference: str
    placed_at: datetime
    status: HoldStatus = HoldStatus.OPEN
    ended_at: datetime | None = None

    @property
    def account(self) -> AccountId:
        """The account that this hold is."""
        return hold_account(self.id)

    def ended(self, paid: int, now: datetime) -> "Hold":
        """Ended with ``paid`` of it spent and the rest returned.

        Raises:
            Conflict: it has ended before.
        """
        if self.status is not HoldStatus.OPEN:
            raise Conflict("hold has already ended", hold_id=self.id)
        assert 0 <= paid <= self.amount, (paid, self)
        if paid == self.amount:
            status = HoldStatus.PAID
        else:
            status = HoldStatus.SPLIT if paid else HoldStatus.RETURNED
        return Hold(
            self.id,
            self.payer,
            self.amount,
            self.purpose,
            self.reference,
            self.placed_at,
            status,
            now,
        )
