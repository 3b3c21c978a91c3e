"""Every way in which credits move, by hand-computed purses."""

from datetime import UTC, datetime

import pytest

from syntropism.application.queries.report.books import Books, Purse, cycle_ends
from syntropism.domain.economy.transfers import Transfer, TransferKind

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _move(debit: str, credit: str, amount: int, kind: TransferKind) -> Transfer:
    return Transfer("t", debit, credit, amount, kind, NOW)


def _books(*moves: Transfer) -> Books:
    books = Books()
    for move in moves:
        books.post(move)
    return books


BORN = _move("mint:genesis", "ada", 100, TransferKind.ENDOWMENT)
HELD = _move("ada", "hold:1", 30, TransferKind.BID_HELD)
PAID = _move("hold:1", "burn", 20, TransferKind.PAYMENT)
REST = _move("hold:1", "ada", 10, TransferKind.BID_RETURNED)


@pytest.mark.parametrize(
    ("moves", "purse", "burned"),
    [
        ([BORN], Purse(balance=100, endowment=100), 0),
        ([BORN, HELD], Purse(balance=70, held=30, endowment=100), 0),
        ([BORN, HELD, PAID, REST], Purse(balance=80, endowment=100, spent=20), 20),
        (
            [BORN, HELD, PAID, REST, _move("burn", "ada", 20, TransferKind.REFUND)],
            Purse(balance=100, endowment=100),
            0,
        ),
        (
            [BORN, _move("mint:human", "ada", 50, TransferKind.REWARD)],
            Purse(balance=150, endowment=100, earned=50, rewards=50),
            0,
        ),
        (
            [BORN, _move("bob", "ada", 5, TransferKind.TRANSFER)],
            Purse(balance=105, endowment=100, earned=5),
            0,
        ),
        (
            [
                BORN,
                _move("ada", "burn", 9, TransferKind.SPAWN_FEE),
                _move("ada", "cleo", 30, TransferKind.SPAWN_ENDOWMENT),
            ],
            Purse(balance=61, endowment=100, spent=39),
            9,
        ),
        (
            [BORN, _move("ada", "burn", 100, TransferKind.ESTATE)],
            Purse(endowment=100, estate=100),
            100,
        ),
    ],
)
def test_a_purse_after_some_transfers(moves, purse, burned) -> None:
    books = _books(*moves)
    assert books.purses["ada"] == purse
    assert books.burned == burned


def test_cycles_without_transfers_end_as_they_began() -> None:
    books = Books()
    ends = list(cycle_ends(books, [(0, BORN), (2, HELD), (3, PAID)], [1, 2, 4]))
    assert [end.number for end in ends] == [1, 2, 4]
    assert [end.purses["ada"] for end in ends] == [(100, 0), (70, 30), (70, 10)]
    assert [(end.minted, end.burned) for end in ends] == [(100, 0), (100, 0), (100, 20)]
