"""The order book, the cycles and the posted prices in memory."""

from collections.abc import Iterable, Sequence

from syntropism.adapters.memory.execution import MemoryExecutions
from syntropism.adapters.memory.table import Index, Journal, Table, newest_page
from syntropism.domain.economy.accounts import agent_account
from syntropism.domain.errors import Conflict
from syntropism.domain.identifiers import AccountId, AgentId, BidId
from syntropism.domain.market.bids import Bid, BidStatus
from syntropism.domain.market.book import Book
from syntropism.domain.market.cycles import Cycle
from syntropism.domain.market.losses import NO_LOSSES, Loss
from syntropism.domain.market.rounds import AuctionBid


def _open(bid: Bid) -> bool:
    return bid.status is BidStatus.OPEN


class MemoryBids:
    """Bids, indexed while they are open."""

    def __init__(self, journal: Journal, executions: MemoryExecutions) -> None:
        self._executions = executions
        self._by_agent: Index[BidId, Bid] = Index(lambda bid: bid.agent_id if _open(bid) else None)
        self._by_payer: Index[BidId, Bid] = Index(lambda bid: bid.payer if _open(bid) else None)
        self._all_open: Index[BidId, Bid] = Index(lambda bid: True if _open(bid) else None)
        self._frozen: Index[BidId, Bid] = Index(lambda bid: bid.frozen_cycle)
        self._table: Table[BidId, Bid] = Table(
            journal, self._by_agent, self._by_payer, self._all_open, self._frozen
        )

    def add(self, bid: Bid) -> None:
        if self._by_agent.keys(bid.agent_id):
            raise Conflict("a bid is already open for this agent", agent_id=bid.agent_id)
        self._table.put(bid.id, bid)

    def get(self, bid_id: BidId) -> Bid | None:
        return self._table.get(bid_id)

    def lock(self, bid_ids: Iterable[BidId]) -> dict[BidId, Bid]:
        found = ((bid_id, self._table.get(bid_id)) for bid_id in sorted(set(bid_ids)))
        return {bid_id: bid for bid_id, bid in found if bid is not None}

    def save(self, bids: Sequence[Bid]) -> None:
        for bid in bids:
            self._table.put(bid.id, bid)

    def next_sequence(self) -> int:
        return len(self._table) + 1

    def open_for(self, agent_id: AgentId) -> Bid | None:
        return next(iter(self._table.in_bucket(self._by_agent, agent_id)), None)

    def open_paid_by(self, payer: AccountId) -> list[Bid]:
        return sorted(self._table.in_bucket(self._by_payer, payer), key=lambda bid: bid.sequence)

    def all_open(self) -> list[Bid]:
        return sorted(self._table.in_bucket(self._all_open, True), key=lambda bid: bid.sequence)

    def aged(self, age: int) -> list[Bid]:
        return [bid for bid in self.all_open() if bid.age >= age and bid.frozen_cycle is None]

    def is_open_for(self, agent_id: AgentId) -> bool:
        """Whether a bid is open for the agent."""
        return bool(self._by_agent.keys(agent_id))

    def freeze(self, cycle: int) -> int:
        if not self._frozen.keys(cycle):
            busy = {execution.agent_id for execution in self._executions.unfinished()}
            self.save([bid.frozen_in(cycle) for bid in self.all_open() if bid.agent_id not in busy])
        return len(self._frozen.keys(cycle))

    def frozen(self, cycle: int) -> list[Bid]:
        return sorted(self._table.in_bucket(self._frozen, cycle), key=lambda bid: bid.sequence)

    def book(self, cycle: int) -> Book:
        return Book.of(
            (bid.agent_id, AuctionBid(bid.id, bid.main, bid.fallback, bid.age, bid.sequence))
            for bid in self.frozen(cycle)
        )

    def frozen_agents(self, cycle: int) -> dict[BidId, AgentId]:
        return {bid.id: bid.agent_id for bid in self._table.in_bucket(self._frozen, cycle)}

    def frozen_count(self, cycle: int) -> int:
        return len(self._frozen.keys(cycle))

    def thaw_losers(self, cycle: int) -> int:
        losers = [bid.lost() for bid in self.frozen(cycle)]
        self.save(losers)
        return len(losers)

    def page(
        self,
        limit: int,
        before: str | None = None,
        party: AgentId | None = None,
        status: BidStatus | None = None,
    ) -> list[Bid]:
        payer = None if party is None else agent_account(party)
        rows = (
            bid
            for bid in self._table.newest()
            if (party is None or bid.agent_id == party or bid.payer == payer)
            and (status is None or bid.status is status)
        )
        return newest_page(rows, lambda bid: bid.id, limit, before)


class MemoryCycles:
    """Cycles by number."""

    def __init__(self, journal: Journal) -> None:
        self._table: Table[int, Cycle] = Table(journal)
        self._losses: Table[int, Sequence[Loss]] = Table(journal)

    def add(self, cycle: Cycle) -> None:
        if cycle.number in self._table:
            raise Conflict("cycle exists", cycle=cycle.number)
        self._table.put(cycle.number, cycle)

    def get(self, number: int) -> Cycle | None:
        return self._table.get(number)

    def latest(self) -> Cycle | None:
        return next(self._table.newest(), None)

    def latest_number(self) -> int:
        latest = self.latest()
        return latest.number if latest else 0

    def save(self, cycle: Cycle) -> None:
        self._table.put(cycle.number, cycle)

    def save_losses(self, number: int, losses: Sequence[Loss]) -> None:
        if number in self._losses:
            raise Conflict("the losses are kept already", cycle=number)
        self._losses.put(number, losses)

    def losses(self, number: int) -> Sequence[Loss]:
        return self._losses.get(number) or NO_LOSSES

    def page(self, limit: int, before: int | None = None) -> list[Cycle]:
        page: list[Cycle] = []
        for cycle in self._table.newest():
            if before is None or cycle.number < before:
                page.append(cycle)
                if len(page) >= limit:
                    break
        return page


class MemoryMarketStates:
    """Posted prices, with the cycle that found them."""

    def __init__(self, journal: Journal) -> None:
        self._table: Table[int, tuple[dict[str, int], tuple[int, ...]]] = Table(journal)

    def prices(self) -> dict[str, int] | None:
        latest = next(self._table.newest(), None)
        return dict(latest[0]) if latest else None

    def save(
        self,
        cycle: int,
        resources: tuple[str, ...],
        prices: tuple[int, ...],
        capacity: tuple[int, ...],
    ) -> None:
        self._table.put(cycle, (dict(zip(resources, prices, strict=True)), capacity))
