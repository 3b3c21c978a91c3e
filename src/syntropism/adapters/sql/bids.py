"""The order book. A bid keeps its bundles as columns of its own (see the decision record on
bundles): a round reads and writes a hundred thousand bids, and a join would double that."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    bindparam,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import Sequence as Numbers

from syntropism.adapters.sql.bundles import bundle_of, further_cell, further_of
from syntropism.adapters.sql.executions import UNFINISHED_EXECUTION, executions
from syntropism.adapters.sql.paging import newest_first
from syntropism.adapters.sql.schema import created_at, deleted_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Row, Transaction
from syntropism.adapters.sql.types import ACCOUNT, ID, MICRO
from syntropism.domain.economy.accounts import agent_account
from syntropism.domain.identifiers import AccountId, AgentId, BidId
from syntropism.domain.market.bids import Bid, BidStatus, Offer
from syntropism.domain.market.book import Book, Offers, column
from syntropism.domain.market.resources import BUNDLE_QUANTITIES

OPEN_BID: Final = text("bids.status = 'open'")
_OPEN: Final = text("status = 'open'")
_FROZEN: Final = text("frozen_cycle IS NOT NULL")


def _offer_columns(prefix: str, *, nullable: bool) -> list[Column[Any]]:
    names = ("cpu_ms", "memory_milli_mb", "duration_ms", "tokens", "attention_share")
    return [
        *(Column(f"{prefix}_{name}", MICRO, nullable=nullable) for name in names),
        Column(f"{prefix}_amount", MICRO, nullable=nullable),
        Column(f"{prefix}_reserve", MICRO, nullable=nullable),
    ]


bids: Final = Table(
    "bids",
    metadata,
    Column("id", ID, primary_key=True),
    Column("agent_id", ID, ForeignKey("agents.id"), nullable=False),
    Column("payer", ACCOUNT, ForeignKey("accounts.id"), nullable=False),
    Column("hold_id", ID, ForeignKey("holds.id"), nullable=False),
    *_offer_columns("main", nullable=False),
    *_offer_columns("fallback", nullable=True),
    Column("sequence", MICRO, nullable=False),
    Column("placed_cycle", Integer, nullable=False),
    created_at(),
    Column("status", String(16), nullable=False),
    Column("age", Integer, nullable=False),
    Column("frozen_cycle", Integer),
    Column("payment", MICRO),
    Column("won_fallback", Boolean, nullable=False),
    Column("ended_cycle", Integer),
    updated_at(),
    deleted_at(),
    Index(
        "idx_bids_agent_id_open",
        "agent_id",
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    Index("idx_bids_sequence", "sequence", unique=True),
    Index(
        "idx_bids_frozen_cycle",
        "frozen_cycle",
        "sequence",
        sqlite_where=_FROZEN,
        postgresql_where=_FROZEN,
    ),
    Index("idx_bids_agent_id", "agent_id", "id"),
    Index("idx_bids_payer", "payer", "id"),
    CheckConstraint("payment IS NULL OR payment >= 0", name="payment"),
    Column("main_further", Text),
    Column("fallback_further", Text),
)

Numbers("bids_sequence", metadata=metadata)
"""Numbers bids where several transactions place some at once; files need none."""

_COLUMNS: Final = (*tuple(bids.columns)[:27], bids.c.main_further, bids.c.fallback_further)
_BY_ID: Final = select(*_COLUMNS).where(bids.c.id == bindparam("wanted"))
_OPEN_FOR: Final = select(*_COLUMNS).where(OPEN_BID, bids.c.agent_id == bindparam("wanted"))
_SAVED: Final = (
    "status",
    "age",
    "frozen_cycle",
    "payment",
    "won_fallback",
    "ended_cycle",
    "updated_at",
    "deleted_at",
)


_OFFER: Final = len(BUNDLE_QUANTITIES) + 2
"""How many columns an offer has."""

_MAIN: Final = (*(one.name for one in _COLUMNS[4:][:_OFFER]), "main_further")
_FALLBACK: Final = (*(one.name for one in _COLUMNS[4 + _OFFER :][:_OFFER]), "fallback_further")
_BOOK: Final = ("id", "agent_id", "age", "sequence", *_MAIN)
_FALLBACKS: Final = ("sequence", *_FALLBACK)
_OF_CYCLE: Final = "FROM bids WHERE frozen_cycle = ?"
_BY_SEQUENCE: Final = "ORDER BY sequence"


class SqlBids:
    """Bids in SQL. Who bids for whom, and what, never changes, so ``save`` leaves it alone."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, bid: Bid) -> None:
        self._transaction.insert(bids, [_row(bid, self._transaction.now())])

    def get(self, bid_id: BidId) -> Bid | None:
        return next(map(_bid, self._transaction.prepared(_BY_ID, bid_id, lock=True)), None)

    def lock(self, bid_ids: Iterable[BidId]) -> dict[BidId, Bid]:
        wanted = select(*_COLUMNS).where(self._transaction.among(bids.c.id, bid_ids))
        found = self._found(self._transaction.locked(wanted.order_by(bids.c.id)))
        return {bid.id: bid for bid in found}

    def save(self, saved: Sequence[Bid]) -> None:
        now = self._transaction.now()
        rows = [
            (
                bid.status.value,
                bid.age,
                bid.frozen_cycle,
                bid.payment,
                bid.won_fallback,
                bid.ended_cycle,
                now,
                None if bid.status is BidStatus.OPEN else now,
                bid.id,
            )
            for bid in saved
        ]
        self._transaction.update(bids, _SAVED, rows)

    def next_sequence(self) -> int:
        return self._transaction.next_number(bids.c.sequence)

    def open_for(self, agent_id: AgentId) -> Bid | None:
        return next(map(_bid, self._transaction.prepared(_OPEN_FOR, agent_id, lock=True)), None)

    def open_paid_by(self, payer: AccountId) -> list[Bid]:
        return self._locked(select(*_COLUMNS).where(OPEN_BID, bids.c.payer == payer))

    def all_open(self) -> list[Bid]:
        return self._in_order(select(*_COLUMNS).where(OPEN_BID))

    def aged(self, age: int) -> list[Bid]:
        free = bids.c.frozen_cycle.is_(None)
        return self._locked(select(*_COLUMNS).where(OPEN_BID, free, bids.c.age >= age))

    def freeze(self, cycle: int) -> int:
        if already := self.frozen_count(cycle):
            return already
        busy = select(executions.c.agent_id).where(UNFINISHED_EXECUTION)
        result = self._transaction.connection.execute(
            update(bids)
            .where(OPEN_BID, bids.c.agent_id.not_in(busy))
            .values(frozen_cycle=cycle, updated_at=self._transaction.now())
        )
        return result.rowcount

    def frozen(self, cycle: int) -> list[Bid]:
        return self._in_order(select(*_COLUMNS).where(bids.c.frozen_cycle == cycle))

    def book(self, cycle: int) -> Book:
        columns = self._transaction.columns
        ids, agents, ages, sequences, *mains, main_further = columns(
            _BOOK, f"{_OF_CYCLE} {_BY_SEQUENCE}", cycle
        )
        owners, *fallbacks, further = columns(
            _FALLBACKS, f"{_OF_CYCLE} AND fallback_amount IS NOT NULL {_BY_SEQUENCE}", cycle
        )
        assert sequences == sorted(sequences), "a database collects in the order it was given"
        return Book(
            ids,
            agents,
            column(ages),
            column(sequences),
            _offers(range(len(ids)), mains, main_further),
            _offers([bisect_left(sequences, one) for one in owners], fallbacks, further),
        )

    def frozen_agents(self, cycle: int) -> dict[BidId, AgentId]:
        ids, agents = self._transaction.columns(("id", "agent_id"), f"{_OF_CYCLE} {{lock}}", cycle)
        return dict(zip(ids, agents, strict=True))

    def frozen_count(self, cycle: int) -> int:
        frozen = f"SELECT count(*) FROM (SELECT id {_OF_CYCLE} {{lock}}) AS found"
        return int(self._transaction.raw(frozen, cycle)[0][0])

    def thaw_losers(self, cycle: int) -> int:
        result = self._transaction.connection.execute(
            update(bids)
            .where(OPEN_BID, bids.c.frozen_cycle == cycle)
            .values(age=bids.c.age + 1, frozen_cycle=None, updated_at=self._transaction.now())
        )
        return result.rowcount

    def page(
        self,
        limit: int,
        before: str | None = None,
        party: AgentId | None = None,
        status: BidStatus | None = None,
    ) -> list[Bid]:
        wanted = newest_first(select(*_COLUMNS), bids.c.id, limit, before)
        if party is not None:
            wanted = wanted.where(
                or_(bids.c.agent_id == party, bids.c.payer == agent_account(party))
            )
        if status is not None:
            wanted = wanted.where(bids.c.status == status.value)
        return self._found(wanted)

    def _locked(self, wanted: Select[Any]) -> list[Bid]:
        return self._found(self._transaction.locked(wanted.order_by(bids.c.sequence)))

    def _in_order(self, wanted: Select[Any]) -> list[Bid]:
        return self._found(wanted.order_by(bids.c.sequence))

    def _found(self, wanted: Select[Any]) -> list[Bid]:
        return [_bid(row) for row in self._transaction.all(wanted)]


_NO_OFFER: Final = (None,) * _OFFER


def _cells(offer: Offer | None) -> Row:
    if offer is None:
        return _NO_OFFER
    bundle = offer.bundle
    return (
        bundle.cpu_ms,
        bundle.memory_milli_mb,
        bundle.duration_ms,
        bundle.tokens,
        bundle.attention_share,
        offer.amount,
        offer.reserve,
    )


def _offers(places: Sequence[int], cells: Sequence[Row], further: Sequence[str | None]) -> Offers:
    *quantities, amounts, reserves = map(column, cells)
    named = {
        place: further_of(cell)
        for place, cell in zip(places, further, strict=True)
        if cell is not None
    }
    return Offers(column(places), tuple(quantities), amounts, reserves, named)


def _offer(cells: Row, further: str | None) -> Offer:
    return Offer(bundle_of(cells, further), cells[5], cells[6])


def _row(bid: Bid, now: datetime) -> Row:
    return (
        bid.id,
        bid.agent_id,
        bid.payer,
        bid.hold_id,
        *_cells(bid.main),
        *_cells(bid.fallback),
        bid.sequence,
        bid.placed_cycle,
        bid.placed_at,
        bid.status.value,
        bid.age,
        bid.frozen_cycle,
        bid.payment,
        bid.won_fallback,
        bid.ended_cycle,
        now,
        None if bid.status is BidStatus.OPEN else now,
        further_cell(bid.main.bundle),
        further_cell(bid.fallback.bundle if bid.fallback else None),
    )


def _bid(row: Row) -> Bid:
    return Bid(
        row[0],
        row[1],
        row[2],
        row[3],
        _offer(row[4:11], row[27]),
        None if row[11] is None else _offer(row[11:18], row[28]),
        row[18],
        row[19],
        row[20],
        BidStatus(row[21]),
        row[22],
        row[23],
        row[24],
        row[25],
        row[26],
    )
