"""The order book."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from syntropism.domain.identifiers import AccountId, AgentId, BidId
from syntropism.domain.market.bids import Bid, BidStatus
from syntropism.domain.market.book import Book


class Bids(Protocol):
    """The order book. At most one bid is open per agent."""

    def add(self, bid: Bid) -> None: ...

    def get(self, bid_id: BidId) -> Bid | None: ...

    def lock(self, bid_ids: Iterable[BidId]) -> dict[BidId, Bid]:
        """The bids, locked in id order until the end of the transaction."""
        ...

    def save(self, bids: Sequence[Bid]) -> None: ...

    def next_sequence(self) -> int:
        """The submission number of the next bid: greater than every earlier one."""
        ...

    def open_for(self, agent_id: AgentId) -> Bid | None: ...

    def open_paid_by(self, payer: AccountId) -> list[Bid]:
        """The open bids of a payer, in order of submission; locked."""
        ...

    def all_open(self) -> list[Bid]:
        """Every open bid, in order of submission."""
        ...

    def aged(self, age: int) -> list[Bid]:
        """Open bids that have lost at least ``age`` rounds and are not frozen; locked."""
        ...

    def freeze(self, cycle: int) -> int:
        """Marks as frozen for ``cycle`` every open bid whose agent has no window that is not
        final, and tells how many are frozen. Repeatable: if bids are already frozen for
        ``cycle``, no others are added."""
        ...

    def frozen(self, cycle: int) -> list[Bid]:
        """The bids frozen for ``cycle``, in order of submission."""
        ...

    def book(self, cycle: int) -> Book:
        """The bids frozen for ``cycle`` in columns, without making one of them."""
        ...

    def frozen_agents(self, cycle: int) -> dict[BidId, AgentId]:
        """For whom the bids frozen for ``cycle`` are, without reading the bids; locked."""
        ...

    def frozen_count(self, cycle: int) -> int:
        """How many bids are frozen for ``cycle``; locked."""
        ...

    def thaw_losers(self, cycle: int) -> int:
        """Every open bid frozen for ``cycle`` is one round older and free again; how many."""
        ...

    def page(
        self,
        limit: int,
        before: str | None = None,
        party: AgentId | None = None,
        status: BidStatus | None = None,
    ) -> list[Bid]:
        """Bids of ``party`` as agent or payer (or all)."""
        ...
