"""Accounts and transfers.

A stored balance exists for agents and the treasury (``accounts``) and for holds (a hold row is
its own account). The balances of the mints and of ``burn`` are sums over transfers, read from
covering indexes: updating them per transfer would make every win wait for one row.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    String,
    Table,
    Text,
    case,
    func,
    or_,
    select,
)

from syntropism.adapters.sql.holds import holds
from syntropism.adapters.sql.paging import newest_first
from syntropism.adapters.sql.schema import created_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Change, Row, Transaction
from syntropism.adapters.sql.types import ACCOUNT, ID, MICRO
from syntropism.domain.economy.accounts import (
    BURN,
    DERIVED_ACCOUNTS,
    MINT_GENESIS,
    MINT_HUMAN,
    SYSTEM_ACCOUNTS,
    hold_account,
    hold_of,
    is_hold,
)
from syntropism.domain.economy.flows import Flow, Party
from syntropism.domain.economy.holds import HoldStatus
from syntropism.domain.economy.transfers import Transfer, TransferKind, apply_transfers
from syntropism.domain.errors import Invalid, NotFound
from syntropism.domain.identifiers import AccountId, HoldId

accounts: Final = Table(
    "accounts",
    metadata,
    Column("id", ACCOUNT, primary_key=True),
    Column("balance", MICRO, nullable=False),
    created_at(),
    updated_at(),
    CheckConstraint("balance >= 0", name="balance"),
    sqlite_with_rowid=False,
)

transfers: Final = Table(
    "transfers",
    metadata,
    Column("id", ID, primary_key=True),
    Column("debit", ACCOUNT, nullable=False),
    Column("credit", ACCOUNT, nullable=False),
    Column("amount", MICRO, nullable=False),
    Column("kind", String(32), nullable=False),
    created_at(),
    Column("reference", Text, nullable=False),
    Column("memo", Text, nullable=False),
    Index("idx_transfers_debit", "debit", "id", "amount"),
    Index("idx_transfers_credit", "credit", "id", "amount"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("debit <> credit", name="parties"),
    sqlite_with_rowid=False,
)

_BALANCE_MAX: Final = 2**63 - 1


class SqlLedger:
    """The ledger in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def open_account(self, account: AccountId) -> None:
        if account in DERIVED_ACCOUNTS:
            return
        now = self._transaction.now()
        self._transaction.insert(accounts, [(account, 0, now, now)], once=True)

    def balances(self, wanted: Iterable[AccountId]) -> dict[AccountId, int]:
        asked = sorted(set(wanted))
        found = self._stored([name for name in asked if name not in DERIVED_ACCOUNTS])
        derived = [name for name in asked if name in DERIVED_ACCOUNTS]
        return found | {name: self._derived(name) for name in derived}

    def post(self, batch: Sequence[Transfer]) -> None:
        if not batch:
            return
        touched = {transfer.debit for transfer in batch}
        touched.update([transfer.credit for transfer in batch])
        stored = self._stored(touched - DERIVED_ACCOUNTS)
        balances = dict.fromkeys(DERIVED_ACCOUNTS, 0) | stored
        try:
            apply_transfers(balances, batch)
        except KeyError as missing:
            raise NotFound(f"there is no account {missing.args[0]}") from None
        changed = {
            account: balances[account]
            for account, before in stored.items()
            if balances[account] != before
        }
        if max(changed.values(), default=0) > _BALANCE_MAX:
            raise Invalid("amount is too large", field="amount")
        rows = [_row(transfer) for transfer in batch]
        self._transaction.update_and_insert(self._changes(changed), transfers, rows)

    def history(
        self, account: AccountId | None, limit: int, before: str | None = None
    ) -> list[Transfer]:
        sides = [None] if account is None else [transfers.c.debit, transfers.c.credit]
        found: dict[str, Transfer] = {}
        for side in sides:
            newest = newest_first(select(transfers), transfers.c.id, limit, before)
            if side is not None:
                newest = newest.where(side == account)
            found |= {row[0]: _transfer(row) for row in self._transaction.all(newest)}
        return [found[key] for key in sorted(found, reverse=True)[:limit]]

    def transfers_since(
        self, after: str | None, limit: int, kinds: Collection[TransferKind] | None = None
    ) -> list[Transfer]:
        oldest = select(transfers).order_by(transfers.c.id).limit(limit)
        if kinds is not None:
            oldest = oldest.where(transfers.c.kind.in_([kind.value for kind in kinds]))
        if after is not None:
            oldest = oldest.where(transfers.c.id > after)
        return [_transfer(row) for row in self._transaction.all(oldest)]

    def all_balances(self) -> dict[AccountId, int]:
        found = {name: self._derived(name) for name in sorted(DERIVED_ACCOUNTS)}
        for account, balance in self._transaction.all(select(accounts.c.id, accounts.c.balance)):
            found[account] = balance
        live = or_(holds.c.status == HoldStatus.OPEN.value, holds.c.balance != 0)
        for hold_id, balance in self._transaction.all(
            select(holds.c.id, holds.c.balance).where(live)
        ):
            found[hold_account(hold_id)] = balance
        return found

    def replayed_balances(self) -> dict[AccountId, int]:
        total = func.sum(transfers.c.amount)
        replayed: dict[AccountId, int] = {}
        for side, sign in ((transfers.c.credit, 1), (transfers.c.debit, -1)):
            for account, amount in self._transaction.all(select(side, total).group_by(side)):
                replayed[account] = replayed.get(account, 0) + sign * int(amount)
        return replayed

    def malformed_count(self) -> int:
        broken = or_(transfers.c.amount <= 0, transfers.c.debit == transfers.c.credit)
        return int(self._transaction.value(select(func.count()).where(broken)))

    def totals(self) -> tuple[int, int]:
        minted = -(self._derived(MINT_HUMAN) + self._derived(MINT_GENESIS))
        return minted, self._derived(BURN)

    def flows(self) -> list[Flow]:
        course = (
            transfers.c.kind,
            _party(transfers.c.debit).label("from_party"),
            _party(transfers.c.credit).label("to_party"),
        )
        sums = select(*course, func.count(), func.sum(transfers.c.amount))
        sums = sums.group_by(transfers.c.kind, "from_party", "to_party")
        return [
            Flow(TransferKind(kind), Party(debit), Party(credit), count, int(amount))
            for kind, debit, credit, count, amount in self._transaction.all(sums)
        ]

    def of_holds(self, wanted: Iterable[HoldId]) -> dict[HoldId, list[Transfer]]:
        accounts_of = [hold_account(hold_id) for hold_id in wanted]
        found: dict[HoldId, dict[str, Transfer]] = {}
        for side, place in ((transfers.c.debit, 1), (transfers.c.credit, 2)):
            touching = select(transfers).where(self._transaction.among(side, accounts_of))
            for row in self._transaction.all(touching):
                found.setdefault(hold_of(row[place]), {})[row[0]] = _transfer(row)
        return {hold_id: [moves[key] for key in sorted(moves)] for hold_id, moves in found.items()}

    def _derived(self, account: AccountId) -> int:
        total = func.coalesce(func.sum(transfers.c.amount), 0)
        gained = self._transaction.value(select(total).where(transfers.c.credit == account))
        given = self._transaction.value(select(total).where(transfers.c.debit == account))
        return int(gained) - int(given)

    def _stored(self, wanted: Iterable[AccountId]) -> dict[AccountId, int]:
        """Stored balances, locked in id order; accounts that do not exist are left out."""
        of_holds = [hold_of(account) for account in wanted if is_hold(account)]
        others = [account for account in wanted if not is_hold(account)]
        found: dict[AccountId, int] = {}
        if others:
            found.update(self._balances_in("accounts", others))
        if of_holds:
            for hold_id, balance in self._balances_in("holds", of_holds):
                found[hold_account(hold_id)] = balance
        return found

    def _balances_in(self, table: str, keys: Sequence[str]) -> list[Any]:
        query = f"SELECT id, balance FROM {table} WHERE id {{members}} ORDER BY id {{lock}}"
        return [tuple(row) for row in self._transaction.raw(query, self._transaction.keys(keys))]

    def _changes(self, changed: dict[AccountId, int]) -> list[Change]:
        now = self._transaction.now()
        columns = ("balance", "updated_at")
        of_holds = [(left, now, hold_of(name)) for name, left in changed.items() if is_hold(name)]
        others = [(left, now, name) for name, left in changed.items() if not is_hold(name)]
        return [(accounts, columns, others), (holds, columns, of_holds)]


def _party(account: Column[Any]) -> ColumnElement[str]:
    """What stands behind an account, as ``party_of`` tells it."""
    system = tuple((account == name, name) for name in SYSTEM_ACCOUNTS)
    of_hold = account.startswith(hold_account(HoldId("")), autoescape=True)
    return case(*system, (of_hold, Party.HOLD.value), else_=Party.AGENT.value)


def _row(transfer: Transfer) -> Row:
    return (
        transfer.id,
        transfer.debit,
        transfer.credit,
        transfer.amount,
        transfer.kind.value,
        transfer.occurred_at,
        transfer.reference,
        transfer.memo,
    )


def _transfer(row: Row) -> Transfer:
    identity, debit, credit, amount, kind, occurred_at, reference, memo = row
    return Transfer(
        identity, debit, credit, amount, TransferKind(kind), occurred_at, reference, memo
    )
