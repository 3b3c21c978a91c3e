"""Holds: each row is its own account, with its balance."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    bindparam,
    func,
    select,
    text,
)

from syntropism.adapters.sql.schema import created_at, deleted_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Row, Transaction
from syntropism.adapters.sql.types import ACCOUNT, ID, MICRO
from syntropism.domain.economy.holds import Hold, HoldPurpose, HoldStatus
from syntropism.domain.identifiers import AccountId, HoldId

_OPEN: Final = text("status = 'open'")

holds: Final = Table(
    "holds",
    metadata,
    Column("id", ID, primary_key=True),
    Column("payer", ACCOUNT, ForeignKey("accounts.id"), nullable=False),
    Column("amount", MICRO, nullable=False),
    Column("balance", MICRO, nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("reference", Text, nullable=False),
    Column("status", String(16), nullable=False),
    created_at(),
    updated_at(),
    deleted_at(),
    Index("idx_holds_payer_open", "payer", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    CheckConstraint("balance >= 0", name="balance"),
    CheckConstraint("amount >= 0", name="amount"),
    sqlite_with_rowid=False,
)

_COLUMNS: Final = tuple(
    column for column in holds.columns if column.name not in ("balance", "updated_at")
)

_HELD_BY: Final = select(func.sum(holds.c.amount)).where(
    _OPEN, holds.c.payer == bindparam("wanted")
)
"""Every question for a balance asks this."""


class SqlHolds:
    """Holds in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, added: Sequence[Hold]) -> None:
        now = self._transaction.now()
        self._transaction.insert(holds, [_row(hold, now) for hold in added])

    def get(self, ids: Iterable[HoldId]) -> dict[HoldId, Hold]:
        wanted = select(*_COLUMNS).where(self._transaction.among(holds.c.id, ids))
        rows = self._transaction.all(self._transaction.locked(wanted.order_by(holds.c.id)))
        return {row[0]: _hold(row) for row in rows}

    def save(self, saved: Sequence[Hold]) -> None:
        now = self._transaction.now()
        rows = [(hold.status.value, hold.ended_at, now, hold.id) for hold in saved]
        self._transaction.update(holds, ("status", "deleted_at", "updated_at"), rows)

    def open_of(self, payer: AccountId) -> list[Hold]:
        found = select(*_COLUMNS).where(_OPEN, holds.c.payer == payer).order_by(holds.c.id)
        return [_hold(row) for row in self._transaction.all(found)]

    def held_by(self, payer: AccountId) -> int:
        return int(self._transaction.prepared(_HELD_BY, payer)[0][0] or 0)

    def all_open(self) -> list[Hold]:
        found = select(*_COLUMNS).where(_OPEN).order_by(holds.c.id)
        return [_hold(row) for row in self._transaction.all(found)]


def _row(hold: Hold, now: object) -> Row:
    return (
        hold.id,
        hold.payer,
        hold.amount,
        0,
        hold.purpose.value,
        hold.reference,
        hold.status.value,
        hold.placed_at,
        now,
        hold.ended_at,
    )


def _hold(row: Row) -> Hold:
    identity, payer, amount, purpose, reference, status, placed_at, ended_at = row
    return Hold(
        identity,
        payer,
        amount,
        HoldPurpose(purpose),
        reference,
        placed_at,
        HoldStatus(status),
        ended_at,
    )
