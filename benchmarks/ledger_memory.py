"""The ledger in memory, through its unit of work, against a validated dict.

Both sides move the same prepared transfers between 10,000 accounts: each amount is checked to be
positive, its parties to be two and the debit to be covered, in order; a batch is all or nothing;
what moved is kept; and in the end the sum of all balances is what was endowed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from time import perf_counter

from harness import Row, compare, main

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.domain.economy.accounts import MINT_GENESIS
from syntropism.domain.economy.transfers import Transfer, TransferKind

ACCOUNTS = 10_000
BALANCE = 10**12
NOW = datetime(2026, 1, 1, tzinfo=UTC)

Move = tuple[str, str, int]


class Dict:
    """What somebody would write by hand."""

    def __init__(self, names: list[str]) -> None:
        self.balances = dict.fromkeys(names, BALANCE)
        self.log: list[Move] = []

    def post(self, batch: list[Move]) -> None:
        """Moves a batch, or nothing of it."""
        balances, done = self.balances, 0
        try:
            for debit, credit, amount in batch:
                if amount <= 0 or debit == credit:
                    raise ValueError(amount)
                balance = balances[debit]
                if balance < amount:
                    raise ValueError(debit)
                balances[credit] += amount
                balances[debit] = balance - amount
                done += 1
        except BaseException:
            for debit, credit, amount in reversed(batch[:done]):
                balances[debit] += amount
                balances[credit] -= amount
            raise
        self.log.extend(batch)


def endowed(names: list[str]) -> MemoryStore:
    """A store with the same accounts."""
    store = MemoryStore(SimulatedClock())
    with store() as uow:
        for name in names:
            uow.ledger.open_account(name)
        uow.ledger.post(
            [
                Transfer(name, MINT_GENESIS, name, BALANCE, TransferKind.ENDOWMENT, NOW)
                for name in names
            ]
        )
        uow.commit()
    return store


class Contest:
    """The same transfers for both sides; each begins anew with every repetition."""

    def __init__(self, size: int, how_many: int) -> None:
        chance = Random(7)
        self.names = [f"agent-{number:05}" for number in range(ACCOUNTS)]
        self.moves = [
            [(*chance.sample(self.names, 2), chance.randrange(1, 1_000_000)) for _ in range(size)]
            for _ in range(how_many)
        ]
        self.transfers = [
            [Transfer("", *move, TransferKind.TRANSFER, NOW) for move in batch]
            for batch in self.moves
        ]

    def ours(self) -> float:
        """One unit of work per batch."""
        store = endowed(self.names)
        start = perf_counter()
        for batch in self.transfers:
            with store() as uow:
                uow.ledger.post(batch)
                uow.commit()
        with store(read_only=True) as uow:
            assert sum(uow.ledger.all_balances().values()) == 0
        return perf_counter() - start

    def baseline(self) -> float:
        """One call per batch."""
        books = Dict(self.names)
        start = perf_counter()
        for batch in self.moves:
            books.post(batch)
        assert sum(books.balances.values()) == ACCOUNTS * BALANCE
        return perf_counter() - start


def rows(short: bool) -> Iterator[Row]:
    """Batches as of a cycle, and single transfers."""
    for name, size, how_many, target in (
        ("1,000 per unit of work", 1_000, 400, 1.3),
        ("100 per unit of work", 100, 2_000, 1.3),
        ("one per unit of work", 1, 50_000, None),
    ):
        contest = Contest(size, how_many // 4 if short else how_many)
        yield compare(
            name,
            contest.ours,
            contest.baseline,
            target=target,
            items=size * len(contest.moves),
            short=short,
        )


if __name__ == "__main__":
    main(__doc__, rows)
