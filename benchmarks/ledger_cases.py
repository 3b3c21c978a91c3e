"""The ledger that the benchmarks of both databases fill: accounts, endowments, random transfers."""

from datetime import UTC, datetime
from itertools import count
from random import Random
from uuid import UUID

from syntropism.adapters.sql.store import SqlStore
from syntropism.domain.economy.accounts import MINT_GENESIS
from syntropism.domain.economy.transfers import Transfer, TransferKind

ACCOUNTS = 10_000
BALANCE = 10**12
NOW = datetime(2026, 1, 1, tzinfo=UTC)

_numbers = count(1)


def identifier() -> str:
    """An ordered identifier, as long as the real ones."""
    return str(UUID(int=(0x0190 << 112) | (0x7 << 76) | (0b10 << 62) | next(_numbers)))


def found(store: SqlStore) -> list[str]:
    """Opens the accounts and endows them."""
    names = [identifier() for _ in range(ACCOUNTS)]
    with store() as uow:
        for name in names:
            uow.ledger.open_account(name)
        uow.ledger.post(
            [
                Transfer(identifier(), MINT_GENESIS, name, BALANCE, TransferKind.ENDOWMENT, NOW)
                for name in names
            ]
        )
        uow.commit()
    return names


def batches(names: list[str], chance: Random, how_many: int, size: int) -> list[list[Transfer]]:
    """Random transfers between two accounts."""
    return [
        [
            Transfer(
                identifier(),
                *chance.sample(names, 2),
                chance.randrange(1, 1_000_000),
                TransferKind.TRANSFER,
                NOW,
            )
            for _ in range(size)
        ]
        for _ in range(how_many)
    ]


def by_store(store: SqlStore, work: list[list[Transfer]]) -> None:
    """Ours: one unit of work per batch."""
    for batch in work:
        with store() as uow:
            uow.ledger.post(batch)
            uow.commit()
