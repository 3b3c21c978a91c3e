"""What goes into a round of the market and what comes out of it."""

from collections.abc import Sequence

from attrs import frozen

from syntropism.domain.market.bids import Offer
from syntropism.domain.market.candidates import Candidate
from syntropism.domain.market.losses import Loss
from syntropism.domain.market.resources import Rates


@frozen(slots=True)
class AuctionBid:
    """A bid as the market sees it. ``main`` is ``None`` while it is ineligible (cooldown)."""

    id: str
    main: Offer | None
    fallback: Offer | None
    age: int
    sequence: int


@frozen(slots=True)
class Win:
    """A won bid: with its fallback or its main bundle, and what it pays (micro-credits)."""

    bid_id: str
    fallback: bool
    payment: int


@frozen(slots=True, kw_only=True)
class RoundResult:
    """A cleared round. Rates in milli-units, money in micro-credits."""

    wins: tuple[Win, ...]
    """Main winners in the order of acceptance, then fallback winners in theirs."""
    losses: Sequence[Loss]
    """In the order of submission."""
    used: Rates
    """What the winners take."""
    occupied: Rates
    """What they and earlier windows take."""
    demand: Rates
    utilization_permille: tuple[int, ...]
    """Occupied, in thousandths of free plus held, rounded down; 0 where there is nothing."""
    welfare: int
    """The sum of the winning amounts."""
    upper_bound: int
    """Certified: no allocation of these bids could have been worth more."""

    @property
    def revenue(self) -> int:
        """The sum of the payments."""
        return sum(win.payment for win in self.wins)


@frozen(slots=True)
class Clearing:
    """A cleared instance of candidates: the auction alone."""

    winners: tuple[Candidate, ...]
    payments: tuple[int, ...]
    left: tuple[int, ...]
    welfare: int
    upper_bound: int
    remark: str = ""
    """What the strategy has to say: a limit reached, another strategy used instead."""

    @property
    def gap(self) -> float:
        """How much of the certified bound may have been missed: 0 is proven best."""
        return (self.upper_bound - self.welfare) / self.upper_bound if self.upper_bound else 0.0
