"""What a store can prove about itself, all rows at once, so that an audit need not look at each."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import frozen

from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.execution.executions import Execution
from syntropism.domain.market.resources import Bundle


@frozen(slots=True)
class Sold:
    """``count`` windows of one cycle with the same ``bundle``, paid ``payments`` micro-credits
    together."""

    cycle: int
    bundle: Bundle
    count: int
    payments: int


@frozen(slots=True, kw_only=True)
class Proof:
    """That every bid is what its hold, its transfers, its window and its events say, that every
    window went from status to status as it may, and that whatever agents did was done in a
    running window of their own.

    Not covered, and to be looked at one by one, are the windows in ``notable``: those that were
    refunded, failed, or have prompts or dead letters. ``matched`` counts the transfers that
    belong to a bid, ``transferred`` sums in micro-credits what events tell that agents have
    transferred to each other.
    """

    bids: int
    executions: int
    events: int
    transferred: int
    matched: Mapping[TransferKind, int]
    sold: Sequence[Sold]
    notable: Sequence[Execution]


class Proofs(Protocol):
    """Set-based checks of the whole history."""

    def bids_and_windows(self) -> Proof | None:
        """The proof; ``None`` if something is, or may be, out of order: then only a look at
        every row tells what. Also where that look costs nothing more."""
        ...
