"""The books, replayed: what everybody had at the end of every cycle, from transfers alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import define, field, frozen

from syntropism.domain.economy.accounts import BURN, MINT_GENESIS, MINT_HUMAN, is_hold
from syntropism.domain.economy.transfers import Transfer, TransferKind

_ENDOWMENTS: Final = (TransferKind.ENDOWMENT, TransferKind.SPAWN_ENDOWMENT)
_MINTS: Final = (MINT_HUMAN, MINT_GENESIS)


@define
class Purse:
    """One agent's money, in micro-credits. What is returned from a hold was never spent."""

    balance: int = 0
    held: int = 0
    endowment: int = 0
    earned: int = 0
    rewards: int = 0
    spent: int = 0
    estate: int = 0


@define
class Books:
    """Purses by account (agents and the treasury alike), and the totals of the mints and
    of ``burn``, after every transfer that was posted."""

    purses: defaultdict[str, Purse] = field(factory=lambda: defaultdict(Purse))
    minted: int = 0
    burned: int = 0
    _payers: dict[str, str] = field(factory=dict)
    """Who paid into each hold that is open."""
    _left: dict[str, int] = field(factory=dict)

    def post(self, transfer: Transfer) -> None:
        """Takes one transfer in."""
        amount = transfer.amount
        if transfer.debit in _MINTS:
            self.minted += amount
        if transfer.credit == BURN:
            self.burned += amount
        if is_hold(transfer.credit):
            self._hold(transfer)
        elif is_hold(transfer.debit):
            self._release(transfer)
        elif transfer.debit == BURN:
            self.burned -= amount
            self._credit(transfer).spent -= amount
        else:
            self._move(transfer)

    def _hold(self, transfer: Transfer) -> None:
        purse = self.purses[transfer.debit]
        purse.balance -= transfer.amount
        purse.held += transfer.amount
        self._payers[transfer.credit] = transfer.debit
        self._left[transfer.credit] = self._left.get(transfer.credit, 0) + transfer.amount

    def _release(self, transfer: Transfer) -> None:
        purse = self.purses[self._payers[transfer.debit]]
        purse.held -= transfer.amount
        if transfer.credit == self._payers[transfer.debit]:
            purse.balance += transfer.amount
        else:
            purse.spent += transfer.amount
            if transfer.credit != BURN:
                self._credit(transfer).earned += transfer.amount
        self._left[transfer.debit] -= transfer.amount
        if not self._left[transfer.debit]:
            del self._left[transfer.debit], self._payers[transfer.debit]

    def _move(self, transfer: Transfer) -> None:
        if transfer.debit not in _MINTS:
            payer = self.purses[transfer.debit]
            payer.balance -= transfer.amount
            if transfer.kind is TransferKind.ESTATE:
                payer.estate += transfer.amount
            else:
                payer.spent += transfer.amount
        if transfer.credit == BURN:
            return
        receiver = self._credit(transfer)
        if transfer.kind in _ENDOWMENTS:
            receiver.endowment += transfer.amount
        else:
            receiver.earned += transfer.amount
        if transfer.kind is TransferKind.REWARD:
            receiver.rewards += transfer.amount

    def _credit(self, transfer: Transfer) -> Purse:
        purse = self.purses[transfer.credit]
        purse.balance += transfer.amount
        return purse


@frozen
class CycleEnd:
    """The books as they stood when a cycle ended."""

    number: int
    minted: int
    burned: int
    purses: Mapping[str, tuple[int, int]]
    """``(balance, held)`` of every account."""


def cycle_ends(
    books: Books, dated: Iterable[tuple[int, Transfer]], numbers: Sequence[int]
) -> Iterator[CycleEnd]:
    """Posts ``dated`` transfers (each with its cycle, in order) to ``books`` and stops at the end
    of each of ``numbers`` (ascending) to tell how things stand."""
    ends = iter(numbers)
    end = next(ends, None)
    for number, transfer in dated:
        while end is not None and end < number:
            yield _standing(books, end)
            end = next(ends, None)
        books.post(transfer)
    while end is not None:
        yield _standing(books, end)
        end = next(ends, None)


def _standing(books: Books, number: int) -> CycleEnd:
    purses = {account: (purse.balance, purse.held) for account, purse in books.purses.items()}
    return CycleEnd(number, books.minted, books.burned, purses)


def gini(amounts: Iterable[int]) -> float | None:
    """How unequal ``amounts`` (none negative) are: 0 when all are equal, towards 1 when one has
    everything; ``None`` without amounts. Half the relative mean absolute difference
    (Gini 1912), by its sorted form."""
    ordered = sorted(amounts)
    if not ordered:
        return None
    total, count = sum(ordered), len(ordered)
    if not total:
        return 0.0
    weighted = sum(place * amount for place, amount in enumerate(ordered, 1))
    return 2 * weighted / (count * total) - (count + 1) / count
