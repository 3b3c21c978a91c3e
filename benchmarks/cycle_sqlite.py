"""One whole cycle of 100,000 bids on SQLite against the SQL that stores the same rows.

Ours runs open, freeze, clear, settle, collect, reprice, cull and close through the commands, with
no sandboxes. The baseline replays, in one transaction per step with the ``sqlite3`` module alone,
set-based, exactly the rows that the same cycle left behind; it neither thinks (clearing, payments,
certificate) nor makes objects. A second row leaves our clearing out of the count.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from shutil import copyfile
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from harness import Row, compare, main

from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.system.clock import SystemClock, SystemIds
from syntropism.application.commands import cycle_steps, settling
from syntropism.application.commands.bidding import open_bid
from syntropism.application.commands.founding import found_economy
from syntropism.application.effects import Effects
from syntropism.application.rules import Rules
from syntropism.domain.credits import MICRO
from syntropism.domain.economy.accounts import MINT_GENESIS, agent_account
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.identifiers import AgentId
from syntropism.domain.market.cycles import Cycle
from syntropism.domain.market.offers import make_offer
from syntropism.domain.market.resources import Bundle, Capacity
from syntropism.domain.population.agents import Agent
from syntropism.entrypoints.collecting import collect_seldom
from syntropism.entrypoints.container import clearing_engine

ENGINE = clearing_engine()
"""That of an economy of this size."""

CHANGED = ("bids", "holds", "accounts")
ADDED = ("transfers", "executions", "events", "cycles", "cycle_losses", "market_state_history")


class Town:
    """A database with a crowd that bids, and the rules it lives by."""

    def __init__(self, path: Path, bids: int) -> None:
        self.rules = Rules(
            parameters=EconomicParameters(capacity=Capacity(bids / 40, bids * 8, bids * 2, 1)),
            ids=SystemIds(),
        )
        self._path = path
        self.clearing_seconds = 0.0

    def open(self) -> SqlStore:
        """The store, newly opened."""
        return SqlStore(f"sqlite:///{self._path}", SystemClock())

    def populate(self, bids: int) -> None:
        """Founds the economy; every agent has credits and an open bid."""
        chance, parameters, store = Random(7), self.rules.parameters, self.open()
        with store() as uow:
            fx = Effects(uow, self.rules, "benchmark")
            found_economy(fx, None)
            for number in range(bids):
                agent = Agent(AgentId(fx.new_id()), f"a{number}", "crowd", None, 0, 0, fx.now)
                account = agent_account(agent.id)
                uow.agents.add(agent)
                uow.ledger.open_account(account)
                fx.move(MINT_GENESIS, account, 1_000 * MICRO, TransferKind.ENDOWMENT)
                bundle = Bundle.of_milli(
                    chance.randint(100, 3_000),
                    chance.randint(32_000, 256_000),
                    chance.choice((10_000, 20_000)),
                    chance.randint(0, 1_000),
                    0,
                )
                offer = make_offer(bundle, chance.randint(60, 300) * MICRO, parameters)
                open_bid(fx, account, agent.id, offer, None)
            uow.commit()
        store.close()

    def live(self, store: SqlStore) -> None:
        """One whole cycle."""

        def step(command: Callable[[Effects], Cycle]) -> Cycle:
            with store() as uow:
                cycle = command(Effects(uow, self.rules, "orchestrator"))
                uow.commit()
                return cycle

        number = step(cycle_steps.open_cycle).number
        cycle = step(lambda fx: cycle_steps.freeze(fx, number))
        with store(read_only=True) as uow:
            fx = Effects(uow, self.rules, "orchestrator")
            book = cycle_steps.order_book(fx, number)
        start, parameters = perf_counter(), self.rules.parameters
        result = ENGINE.clear_round(book, cycle.free, cycle.prices, parameters, cycle.held)
        self.clearing_seconds = perf_counter() - start
        step(lambda fx: settling.settle(fx, number, result))
        step(lambda fx: cycle_steps.collect(fx, number))
        step(lambda fx: cycle_steps.reprice(fx, number))
        step(lambda fx: cycle_steps.cull(fx, number, wall_time=False))
        step(lambda fx: cycle_steps.close(fx, number))


def connect(path: Path) -> sqlite3.Connection:
    """A connection with the settings of the adapter."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


class Replay:
    """The rows that a cycle left behind, and the SQL that stores them again."""

    def __init__(self, before: Path, after: Path) -> None:
        earlier, later = connect(before), connect(after)
        self._added = {table: self._new(earlier, later, table) for table in ADDED}
        self._changed = {table: self._differences(earlier, later, table) for table in CHANGED}
        earlier.close()
        later.close()

    @staticmethod
    def _new(earlier: sqlite3.Connection, later: sqlite3.Connection, table: str) -> list[Any]:
        known = set(earlier.execute(f"SELECT * FROM {table}").fetchall())
        return [row for row in later.execute(f"SELECT * FROM {table}") if row not in known]

    @staticmethod
    def _differences(
        earlier: sqlite3.Connection, later: sqlite3.Connection, table: str
    ) -> tuple[str, list[Any]]:
        names = [column[1] for column in later.execute(f"PRAGMA table_info({table})")]
        before = {row[0]: row for row in earlier.execute(f"SELECT * FROM {table}")}
        rows = [row for row in later.execute(f"SELECT * FROM {table}") if row != before[row[0]]]
        places = [
            place
            for place in range(1, len(names))
            if any(row[place] != before[row[0]][place] for row in rows)
        ]
        settings = ", ".join(f"{names[place]} = ?" for place in places)
        statement = f"UPDATE {table} SET {settings} WHERE id = ?"
        return statement, [(*(row[place] for place in places), row[0]) for row in rows]

    def run(self, connection: sqlite3.Connection) -> None:
        """Freezes, settles and closes."""
        execute, many = connection.execute, connection.executemany
        execute("BEGIN IMMEDIATE")
        execute("UPDATE bids SET frozen_cycle = 1 WHERE status = 'open'")
        execute("COMMIT")
        execute("BEGIN IMMEDIATE")
        statement, rows = self._changed["bids"]
        many(statement, [row for row in rows if "won" in row])
        execute(
            "UPDATE bids SET age = age + 1, frozen_cycle = NULL, updated_at = ? "
            "WHERE frozen_cycle = 1 AND status = 'open'",
            ("2026-01-01 00:00:00.000000",),
        )
        for table in ("holds", "accounts"):
            many(*self._changed[table])
        for table, added in self._added.items():
            if added:
                marks = ", ".join("?" * len(added[0]))
                many(f"INSERT INTO {table} VALUES ({marks})", added)
        execute("COMMIT")


def rows(short: bool) -> Iterator[Row]:
    """The whole cycle, and the cycle without our clearing."""
    collect_seldom()  # as the process that runs cycles does
    bids = 20_000 if short else 100_000
    with TemporaryDirectory() as folder:
        before, after, ours, raw = (
            Path(folder) / f"{name}.db" for name in ("before", "after", "ours", "raw")
        )
        town = Town(before, bids)
        town.populate(bids)
        copyfile(before, after)
        lived = Town(after, bids)
        store = lived.open()
        lived.live(store)
        store.close()
        replay = Replay(before, after)

        def our_cycle(*, thinking: bool) -> float:
            copyfile(before, ours)
            here = Town(ours, bids)
            opened = here.open()
            start = perf_counter()
            here.live(opened)
            spent = perf_counter() - start
            opened.close()
            return spent if thinking else spent - here.clearing_seconds

        def raw_cycle() -> float:
            copyfile(before, raw)
            connection = connect(raw)
            start = perf_counter()
            replay.run(connection)
            spent = perf_counter() - start
            connection.close()
            return spent

        yield compare(
            f"cycle of {bids:,} bids",
            lambda: our_cycle(thinking=True),
            raw_cycle,
            target=2.0,
            items=bids,
            repetitions=5,
            short=short,
        )
        yield compare(
            "the same without clearing",
            lambda: our_cycle(thinking=False),
            raw_cycle,
            target=None,
            items=bids,
            note="told, not aimed at",
            repetitions=5,
            short=short,
        )


if __name__ == "__main__":
    main(__doc__, rows)
