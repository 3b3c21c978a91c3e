"""Lost rounds: why, and what would have won. A round may lose a hundred thousand bids, so they
are kept in columns, and a record of one is made when somebody looks at it."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import repeat
from typing import Final, overload

from attrs import frozen


class LossReason(StrEnum):
    """Why a bid lost the round."""

    OUTBID = "outbid"
    """It would have fitted, but others came before it."""
    DOES_NOT_FIT_CAPACITY = "does_not_fit_capacity"
    """Free capacity was too small for it, whatever the amount."""
    INELIGIBLE = "ineligible"
    """Nothing of it could take part (cooldown, and no fallback)."""
    BELOW_RESERVE = "below_reserve"
    """Nothing of it reaches its reserve."""


@frozen(slots=True)
class Loss:
    """A lost round. ``amount_to_win`` is the least amount (micro-credits) that would have won
    all others unchanged: with the main bundle, or with the fallback where no amount could have
    won the main one; ``None`` where none could have won either, or where the strategy has no
    ranking. Then ``amount_at_least`` may bound it from below: with less, no allocation that
    holds this bid is worth as much as the one that was chosen."""

    bid_id: str
    reason: LossReason
    amount_to_win: int | None
    amount_at_least: int | None = None


@frozen(slots=True, eq=False)
class Losses(Sequence[Loss]):
    """The losses of one round, in the order of submission. Columns of equal length; equal to
    any sequence of the same losses."""

    bid_ids: Sequence[str]
    reasons: Sequence[LossReason]
    amounts_to_win: Sequence[int | None]
    amounts_at_least: Sequence[int | None] | None = None
    """``None`` where no loss has one, as under every strategy that walks down a ranking."""

    @classmethod
    def of(cls, losses: Iterable[Loss]) -> "Losses":
        """The columns of ``losses``."""
        rows = [(one.bid_id, one.reason, one.amount_to_win, one.amount_at_least) for one in losses]
        if not rows:
            return NO_LOSSES
        bid_ids, reasons, amounts, at_least = zip(*rows, strict=True)
        bounded = any(amount is not None for amount in at_least)
        return cls(bid_ids, reasons, amounts, at_least if bounded else None)

    def __len__(self) -> int:
        return len(self.bid_ids)

    @overload
    def __getitem__(self, place: int) -> Loss: ...
    @overload
    def __getitem__(self, place: slice) -> "Losses": ...
    def __getitem__(self, place: int | slice) -> "Loss | Losses":
        kind = Losses if isinstance(place, slice) else Loss
        bounds = None if self.amounts_at_least is None else self.amounts_at_least[place]
        return kind(self.bid_ids[place], self.reasons[place], self.amounts_to_win[place], bounds)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Loss]:
        bounds = repeat(None) if self.amounts_at_least is None else self.amounts_at_least
        return map(Loss, self.bid_ids, self.reasons, self.amounts_to_win, bounds)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(Loss.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]


NO_LOSSES: Final = Losses((), (), ())
