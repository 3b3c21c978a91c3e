"""Balances in a dict, transfers in a list, holds in a table."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from syntropism.adapters.memory.table import Index, Journal, Table
from syntropism.domain.economy.accounts import BURN, MINT_GENESIS, MINT_HUMAN, hold_of, is_hold
from syntropism.domain.economy.flows import Flow, Party, party_of
from syntropism.domain.economy.holds import Hold, HoldStatus
from syntropism.domain.economy.transfers import (
    Transfer,
    TransferKind,
    apply_transfers,
    undo_transfers,
)
from syntropism.domain.errors import Conflict, NotFound
from syntropism.domain.identifiers import AccountId, HoldId


class MemoryLedger:
    """The ledger: one dict of balances, derived accounts included."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._balances: dict[AccountId, int] = {MINT_HUMAN: 0, MINT_GENESIS: 0, BURN: 0}
        self._transfers: list[Transfer] = []
        self._by_hold: dict[HoldId, list[int]] = {}
        self._indexed = 0

    def open_account(self, account: AccountId) -> None:
        if account not in self._balances:
            self._journal.record(lambda: self._balances.__delitem__(account))
            self._balances[account] = 0

    def balances(self, accounts: Iterable[AccountId]) -> dict[AccountId, int]:
        known = self._balances
        return {account: known[account] for account in sorted(set(accounts)) if account in known}

    def post(self, transfers: Sequence[Transfer]) -> None:
        if not transfers:
            return
        self._journal.require_writable()
        try:
            apply_transfers(self._balances, transfers)
        except KeyError as missing:
            raise NotFound(f"there is no account {missing.args[0]}") from None
        start = len(self._transfers)
        self._transfers.extend(transfers)
        self._journal.record(lambda: self._take_back(start))

    def _take_back(self, start: int) -> None:
        undo_transfers(self._balances, self._transfers[start:])
        del self._transfers[start:]
        if start < self._indexed:
            self._by_hold.clear()
            self._indexed = 0

    def history(
        self, account: AccountId | None, limit: int, before: str | None = None
    ) -> list[Transfer]:
        page: list[Transfer] = []
        for transfer in reversed(self._transfers):
            if before is not None and transfer.id >= before:
                continue
            if account is None or account in (transfer.debit, transfer.credit):
                page.append(transfer)
                if len(page) >= limit:
                    break
        return page

    def transfers_since(
        self, after: str | None, limit: int, kinds: Collection[TransferKind] | None = None
    ) -> list[Transfer]:
        start = 0
        if after is not None:
            start = bisect_right(self._transfers, after, key=lambda transfer: transfer.id)
        if kinds is None:
            return self._transfers[start : start + limit]
        later = islice(self._transfers, start, None)
        return list(islice((one for one in later if one.kind in kinds), limit))

    def all_balances(self) -> dict[AccountId, int]:
        return dict(self._balances)

    def replayed_balances(self) -> dict[AccountId, int]:
        replayed: defaultdict[AccountId, int] = defaultdict(int)
        for transfer in self._transfers:
            replayed[transfer.debit] -= transfer.amount
            replayed[transfer.credit] += transfer.amount
        return dict(replayed)

    def malformed_count(self) -> int:
        return sum(
            transfer.amount <= 0 or transfer.debit == transfer.credit
            for transfer in self._transfers
        )

    def totals(self) -> tuple[int, int]:
        minted = -(self._balances[MINT_HUMAN] + self._balances[MINT_GENESIS])
        return minted, self._balances[BURN]

    def flows(self) -> list[Flow]:
        sums: dict[tuple[TransferKind, Party, Party], tuple[int, int]] = {}
        for transfer in self._transfers:
            course = transfer.kind, party_of(transfer.debit), party_of(transfer.credit)
            count, amount = sums.get(course, (0, 0))
            sums[course] = count + 1, amount + transfer.amount
        return [Flow(*course, count, amount) for course, (count, amount) in sums.items()]

    def of_holds(self, holds: Iterable[HoldId]) -> dict[HoldId, list[Transfer]]:
        self._index_holds()
        return {
            hold_id: [self._transfers[place] for place in self._by_hold[hold_id]]
            for hold_id in holds
            if hold_id in self._by_hold
        }

    def _index_holds(self) -> None:
        """Only audits ask for this, so the index is brought up to date when they do."""
        for place in range(self._indexed, len(self._transfers)):
            transfer = self._transfers[place]
            for account in (transfer.debit, transfer.credit):
                if is_hold(account):
                    self._by_hold.setdefault(hold_of(account), []).append(place)
        self._indexed = len(self._transfers)


class MemoryHolds:
    """Holds, found by payer while they are open."""

    def __init__(self, journal: Journal, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self._open: Index[HoldId, Hold] = Index(
            lambda hold: hold.payer if hold.status is HoldStatus.OPEN else None
        )
        self._all_open: Index[HoldId, Hold] = Index(
            lambda hold: True if hold.status is HoldStatus.OPEN else None
        )
        self._table: Table[HoldId, Hold] = Table(journal, self._open, self._all_open)

    def add(self, holds: Sequence[Hold]) -> None:
        for hold in holds:
            if hold.id in self._table:
                raise Conflict("hold exists", hold_id=hold.id)
            self._table.put(hold.id, hold)
            self._ledger.open_account(hold.account)

    def get(self, ids: Iterable[HoldId]) -> dict[HoldId, Hold]:
        found = ((hold_id, self._table.get(hold_id)) for hold_id in ids)
        return {hold_id: hold for hold_id, hold in found if hold is not None}

    def save(self, holds: Sequence[Hold]) -> None:
        for hold in holds:
            self._table.put(hold.id, hold)

    def open_of(self, payer: AccountId) -> list[Hold]:
        return sorted(self._table.in_bucket(self._open, payer), key=lambda hold: hold.id)

    def held_by(self, payer: AccountId) -> int:
        return sum(hold.amount for hold in self._table.in_bucket(self._open, payer))

    def all_open(self) -> list[Hold]:
        return sorted(self._table.in_bucket(self._all_open, True), key=lambda hold: hold.id)
