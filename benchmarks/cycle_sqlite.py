"""One whole cycle of 100,000 bids on SQLite against the SQL that stores the same rows.

Ours runs open, freeze, clear, settle, collect, reprice, cull and close through the commands, with
no sandboxes, from the open bids in the database to the closed cycle. The baseline replays, with
the ``sqlite3`` module alone, set-based, exactly the rows that the same cycle left behind, into a
copy of the same file: the same tables, indexes and durability (WAL, ``synchronous=FULL``), in two
transactions (ours takes seven). It has all values ready as tuples: it neither reads a bid nor
thinks (clearing, payments, certificate) nor makes identifiers or JSON.

Two clocks: CPU time, which other programs on the machine and its disk disturb little, and the wall
clock. In memory the same cycle is compared with that SQL too, for want of a better measure.
"""

import gc
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from shutil import copyfile
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from attrs import frozen
from harness import Row, main

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.system.clock import SystemClock, SystemIds
from syntropism.application.commands import cycle_steps, settling
from syntropism.application.commands.bidding import open_bid
from syntropism.application.commands.founding import found_economy
from syntropism.application.effects import Effects
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
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


@frozen(slots=True)
class Spent:
    """Seconds of the processor, the kernel's included, and by the clock on the wall."""

    cpu: float = 0.0
    wall: float = 0.0


class Clock:
    """Both clocks, from now on."""

    def __init__(self) -> None:
        self._cpu, self._wall = process_time(), perf_counter()

    def spent(self) -> Spent:
        return Spent(process_time() - self._cpu, perf_counter() - self._wall)


class Town:
    """A store with a crowd that bids, and the rules it lives by."""

    def __init__(self, store: UnitOfWorkFactory, bids: int) -> None:
        self.rules = Rules(
            parameters=EconomicParameters(capacity=Capacity(bids / 40, bids * 8, bids * 2, 1)),
            ids=SystemIds(),
        )
        self._store = store

    def populate(self, bids: int) -> None:
        """Founds the economy; every agent has credits and an open bid."""
        chance, parameters = Random(7), self.rules.parameters
        with self._store() as uow:
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

    def live(self) -> None:
        """One whole cycle."""
        store, parameters = self._store, self.rules.parameters

        def step(command: Callable[[Effects], Cycle]) -> Cycle:
            with store() as uow:
                cycle = command(Effects(uow, self.rules, "orchestrator"))
                uow.commit()
                return cycle

        number = step(cycle_steps.open_cycle).number
        cycle = step(lambda fx: cycle_steps.freeze(fx, number))
        with store(read_only=True) as uow:
            book = cycle_steps.order_book(Effects(uow, self.rules, "orchestrator"), number)
        result = ENGINE.clear_round(book, cycle.free, cycle.prices, parameters, cycle.held)
        step(lambda fx: settling.settle(fx, number, result, book=book))
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


class Measurements:
    """Interleaved runs of one pair of sides, each told by several clocks. ``compare`` asks for
    the sides again and again; whoever asks first runs, and the other clocks read along."""

    def __init__(self, ours: Callable[[], Spent], raw: Callable[[], Spent], pairs: int) -> None:
        ours(), raw()
        self._runs = []
        for pair in range(pairs):
            gc.collect()
            first, second = (ours, raw) if pair % 2 else (raw, ours)
            spent = {first: first(), second: second()}
            self._runs.append((spent[ours], spent[raw]))

    def row(
        self, name: str, seconds: Callable[[Spent], float], target: float | None, bids: int
    ) -> Row:
        """One clock."""
        pairs = [(seconds(ours), seconds(raw)) for ours, raw in self._runs]
        return Row(
            name=name,
            ratios=tuple(mine / theirs for mine, theirs in pairs),
            ours_seconds=median(mine for mine, _ in pairs),
            baseline_seconds=median(theirs for _, theirs in pairs),
            target=target,
            speed=False,
            items=bids,
            note="" if target else "told, not aimed at",
        )


def rows(short: bool) -> Iterator[Row]:
    """The whole cycle by both clocks, and in memory."""
    collect_seldom()  # as the process that runs cycles does
    bids, pairs = (20_000, 5) if short else (100_000, 7)
    with TemporaryDirectory() as folder:
        before, after, ours, raw = (
            Path(folder) / f"{name}.db" for name in ("before", "after", "ours", "raw")
        )

        def on_sqlite(path: Path, use: Callable[[Town], Spent]) -> Spent:
            store = SqlStore(f"sqlite:///{path}", SystemClock())
            spent = use(Town(store, bids))
            store.close()
            return spent

        def lived(town: Town) -> Spent:
            clock = Clock()
            town.live()
            return clock.spent()

        def populated(town: Town) -> Spent:
            town.populate(bids)
            return Spent()

        on_sqlite(before, populated)
        copyfile(before, after)
        on_sqlite(after, lived)
        replay = Replay(before, after)

        def our_cycle() -> Spent:
            copyfile(before, ours)
            return on_sqlite(ours, lived)

        def raw_cycle() -> Spent:
            copyfile(before, raw)
            connection = connect(raw)
            clock = Clock()
            replay.run(connection)
            spent = clock.spent()
            connection.close()
            return spent

        def cycle_in_memory() -> Spent:
            town = Town(MemoryStore(SystemClock()), bids)
            town.populate(bids)
            gc.collect()
            return lived(town)

        found = Measurements(our_cycle, raw_cycle, pairs)
        yield found.row(f"cycle of {bids:,} bids, CPU time", lambda spent: spent.cpu, 2.0, bids)
        yield found.row("the same by the wall clock", lambda spent: spent.wall, 2.0, bids)
        found = Measurements(cycle_in_memory, raw_cycle, 5)
        yield found.row(
            "in memory, against that SQL, CPU time", lambda spent: spent.cpu, None, bids
        )


if __name__ == "__main__":
    main(__doc__, rows)
