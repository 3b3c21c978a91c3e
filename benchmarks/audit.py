"""The audit of a ledger of a million transfers on SQLite, against the same checks in raw SQL.

10,000 agents, endowed, pay each other and bid: every bid is a hold that was paid into, charged and
returned from. Both sides find out whether any transfer is malformed, whether all balances sum to
zero, whether every stored balance (holds too) is what its transfers say, whether any is negative,
whether open holds contain their amounts and ended ones nothing, what was minted and burned and who
owns the rest, whether credits flowed only where they may, and which transfers passed through no
hold. The second row is a whole audit of a whole history, with bids, windows and two events
per transfer; the raw SQL makes the same checks of all of them.
"""

import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

from audit_history import write_history
from harness import Row, compare, main, timed

from syntropism.adapters.sql import proof_texts
from syntropism.adapters.sql.proof_texts import spoken
from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.sql.types import encode_moment
from syntropism.adapters.system.clock import SystemClock
from syntropism.application.queries.audit import audit
from syntropism.application.queries.auditing.books import check_balances, check_flows
from syntropism.application.queries.auditing.evidence import gather
from syntropism.domain.economy.flows import COURSES
from syntropism.domain.economy.parameters import EconomicParameters

AGENTS = 10_000
ENDOWMENT = 10**10
PARAMETERS = EconomicParameters()

TEXTS = (
    proof_texts.COUNTS,
    proof_texts.BIDS,
    proof_texts.HELD,
    proof_texts.BID_STORIES,
    proof_texts.WINDOW_STEPS,
    proof_texts.WINDOWS,
    proof_texts.OVERLAPS,
    proof_texts.ACTS,
    proof_texts.TRANSFERRED,
    proof_texts.SOLD,
)

_numbers = count(1)


def identifier() -> str:
    """An ordered identifier, as long as the real ones."""
    return str(UUID(int=(0x0190 << 112) | (0x7 << 76) | (0b10 << 62) | next(_numbers)))


def fill(path: Path, transfers: int) -> None:
    """A ledger of about so many transfers: a third of them payments between agents."""
    chance, now = Random(7), encode_moment(SystemClock().now())
    names = [identifier() for _ in range(AGENTS)]
    balances = dict.fromkeys(names, ENDOWMENT)
    moved = [
        (identifier(), "mint:genesis", name, ENDOWMENT, "endowment", now, name, "")
        for name in names
    ]
    holds = []
    while len(moved) < transfers:
        payer, receiver = chance.sample(names, 2)
        amount = chance.randrange(2, 100_000)
        balances[payer] -= amount
        if len(moved) % 2:
            balances[receiver] += amount
            moved.append((identifier(), payer, receiver, amount, "transfer", now, "", ""))
            continue
        bid, hold, rest = identifier(), identifier(), amount // 2
        account = f"hold:{hold}"
        balances[payer] += rest
        holds.append((hold, payer, amount, 0, "bid", bid, "split", now, now, now))
        for debit, credit, part, kind in (
            (payer, account, amount, "bid_held"),
            (account, "burn", amount - rest, "payment"),
            (account, payer, rest, "bid_returned"),
        ):
            moved.append((identifier(), debit, credit, part, kind, now, bid, ""))
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO agents (id, name, strategy, generation, born_cycle, status,"
            " dormant_cycles, cooldown_until, created_at, updated_at)"
            " VALUES (?, 'a', '', 0, 0, 'alive', 0, -1, ?, ?)",
            [(name, now, now) for name in names],
        )
        connection.executemany(
            "INSERT INTO accounts VALUES (?, ?, ?, ?)",
            [(name, left, now, now) for name, left in balances.items()],
        )
        connection.executemany(f"INSERT INTO holds VALUES ({', '.join('?' * 10)})", holds)
        connection.executemany("INSERT INTO transfers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", moved)
    connection.close()


MALFORMED = "SELECT count(*) FROM transfers WHERE amount <= 0 OR debit = credit"
REPLAYED = """
CREATE TEMP TABLE replayed AS SELECT account, sum(amount) AS balance FROM (
    SELECT credit AS account, sum(amount) AS amount FROM transfers GROUP BY credit
    UNION ALL
    SELECT debit, -sum(amount) FROM transfers GROUP BY debit
) GROUP BY account
"""
TOTAL = "SELECT coalesce(sum(balance), 0) FROM replayed"
STORED = """
WITH stored AS (
    SELECT id AS account, balance FROM accounts
    UNION ALL SELECT 'hold:' || id, balance FROM holds
)
SELECT count(*) FROM stored LEFT JOIN replayed USING (account)
WHERE stored.balance <> coalesce(replayed.balance, 0) OR stored.balance < 0
"""
UNKNOWN = """
SELECT count(*) FROM replayed
WHERE balance <> 0 AND account NOT IN ('mint:human', 'mint:genesis', 'burn')
  AND account NOT IN (SELECT id FROM accounts)
  AND account NOT IN (SELECT 'hold:' || id FROM holds)
"""
HOLDS = """
SELECT count(*) FROM holds
WHERE balance <> CASE status WHEN 'open' THEN amount ELSE 0 END
"""
ISSUED = """
SELECT -sum(balance) FROM replayed WHERE account IN ('mint:human', 'mint:genesis', 'burn')
"""
OWNED = "SELECT (SELECT sum(balance) FROM accounts) + (SELECT sum(balance) FROM holds)"
PARTY = """CASE WHEN {0} IN ('mint:human', 'mint:genesis', 'burn', 'treasury') THEN {0}
WHEN {0} LIKE 'hold:%' THEN 'hold' ELSE 'agent' END"""
FLOWS = f"""
SELECT kind, {PARTY.format("debit")} AS d, {PARTY.format("credit")} AS c, count(*), sum(amount)
FROM transfers GROUP BY 1, 2, 3
"""
OUTSIDE = """
SELECT * FROM transfers WHERE kind IN
('endowment', 'refund', 'reward', 'spawn_fee', 'spawn_endowment', 'estate') ORDER BY id
"""
ALLOWED = {
    (kind.value, debit.value, credit.value)
    for kind, courses in COURSES.items()
    for debit, credit in courses
}


def raw(path: Path) -> None:
    """The checks of the ledger, in SQL alone."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA cache_size = -65536")
    one = lambda query: connection.execute(query).fetchone()[0]  # noqa: E731
    assert one(MALFORMED) == 0
    connection.execute(REPLAYED)
    assert one(TOTAL) == 0
    assert one(STORED) == 0
    assert one(UNKNOWN) == 0
    assert one(HOLDS) == 0
    assert one(ISSUED) == one(OWNED)
    for kind, debit, credit, _, _ in connection.execute(FLOWS):
        assert (kind, debit, credit) in ALLOWED
    assert connection.execute(OUTSIDE).fetchall()
    connection.close()


def ledger_part(store: SqlStore) -> None:
    """The checks of the ledger, as the audit makes them."""
    with store(read_only=True) as uow:
        evidence = gather(uow, PARAMETERS)
        check_balances(evidence)
        evidence.findings.clear()
        check_flows(evidence, uow.ledger.flows(), 0)
        assert all("belong to nothing" in one.message for one in evidence.findings)


def whole(store: SqlStore) -> None:
    """The audit."""
    with store(read_only=True) as uow:
        report = audit(uow, PARAMETERS)
    assert report.ok, report.findings[:3]


def raw_everything(path: Path) -> None:
    """The same, and the checks of bids, windows and events in SQL alone."""
    raw(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA cache_size = -65536")
    for text in TEXTS:
        assert connection.execute(spoken(text, "sqlite")).fetchall()
    connection.close()


def rows(short: bool) -> Iterator[Row]:
    """The ledger alone, at its full size; then everything, on a small history."""
    size = 200_000 if short else 1_000_000
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        SqlStore(f"sqlite:///{path}", SystemClock()).close()
        fill(path, size)
        store = SqlStore(f"sqlite:///{path}", SystemClock())
        yield compare(
            "the ledger",
            timed(lambda: ledger_part(store)),
            timed(lambda: raw(path)),
            target=1.5,
            items=size,
            repetitions=5,
            short=short,
        )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "town.db"
        transfers = write_history(path, size)
        store = SqlStore(f"sqlite:///{path}", SystemClock())
        yield compare(
            "everything",
            timed(lambda: whole(store)),
            timed(lambda: raw_everything(path)),
            target=1.5,
            items=transfers,
            repetitions=5,
            short=short,
        )


if __name__ == "__main__":
    main(__doc__, rows)
