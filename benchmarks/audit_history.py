"""A whole history, written straight into a SQLite file: what an economy of so many transfers would
have left behind, sound by every law, but for what takes hours to live.

In each cycle every agent has a bid: four of five win, and live a window in which they pay somebody
and bid again; the others are replaced. Each life is four transfers and seven events.
"""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.sql.tables import metadata
from syntropism.adapters.sql.types import encode_moment
from syntropism.adapters.system.clock import SystemClock
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.cycles import Certificate, Cycle, CycleStep
from syntropism.domain.market.resources import Bundle

ENDOWMENT = 10**12
AMOUNT, PAYMENT, PAID = 40_000_000, 25_000_000, 1_000_000
BUNDLE = Bundle.of_milli(500, 64_000, 10_000, 0, 0)
TABLES = ("agents", "accounts", "cycles", "holds", "bids", "executions", "transfers", "events")
START = datetime(2026, 1, 1, tzinfo=UTC)


class History:
    """Rows by table, as the tables have them."""

    def __init__(self, agents: int, lives: int) -> None:
        self.rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
        self._chance, self._numbers, self._sequence = Random(7), count(1), count(1)
        self._now = START
        self._names = [self._id() for _ in range(agents)]
        self._balances = dict.fromkeys(self._names, 0)
        for name in self._names:
            self._born(name)
        self._open = {name: self._placed(name, "") for name in self._names}
        for number in range(1, lives * 5 // (agents * 4) + 1):
            self._now += timedelta(seconds=10)
            self._cycle(number)
        for name, left in self._balances.items():
            self._row("accounts", id=name, balance=left)

    def _id(self) -> str:
        return str(UUID(int=(0x0190 << 112) | (0x7 << 76) | (0b10 << 62) | next(self._numbers)))

    def _row(self, table: str, **cells: Any) -> None:
        at = encode_moment(self._now)
        known = {"created_at": at, "updated_at": at, **cells}
        self.rows[table].append(
            tuple(known.get(column.name) for column in metadata.tables[table].columns)
        )

    def _told(self, kind: str, window: str = "", actor: str = "test", **data: Any) -> None:
        self._row(
            "events",
            sequence=next(self._sequence),
            id=self._id(),
            type=kind,
            data=json.dumps(data, separators=(",", ":")),
            correlation_id=window,
            causation_id="",
            user_id=actor,
        )

    def _moved(self, debit: str, credit: str, amount: int, kind: str, reference: str) -> None:
        for account, change in ((debit, -amount), (credit, amount)):
            if account in self._balances:
                self._balances[account] += change
        cells = {"debit": debit, "credit": credit, "amount": amount, "kind": kind}
        self._row("transfers", id=self._id(), reference=reference, memo="", **cells)

    def _born(self, name: str) -> None:
        still = {"dormant_cycles": 0, "cooldown_until": -1, "generation": 0, "born_cycle": 0}
        self._row("agents", id=name, name="a", strategy="", status="alive", **still)
        self._told(
            "population.agent.spawned", agent_id=name, parent_id=None, endowment_micro=ENDOWMENT
        )
        self._moved("mint:genesis", name, ENDOWMENT, "endowment", name)

    def _placed(self, name: str, window: str) -> tuple[str, str]:
        bid, hold = self._id(), self._id()
        self._moved(name, f"hold:{hold}", AMOUNT, "bid_held", bid)
        actor = name if window else "test"
        document = {"cpu_seconds": 0.5, "memory_mb": 64, "duration_seconds": 10}
        self._told(
            "market.bid.placed",
            window,
            actor,
            bid_id=bid,
            agent_id=name,
            payer_id=name,
            amount_micro=AMOUNT,
            bundle=document,
        )
        return bid, hold

    def _kept(self, name: str, bid: str, hold: str, status: str, **cells: Any) -> None:
        ended = status != "open"
        self._row(
            "holds",
            id=hold,
            payer=name,
            amount=AMOUNT,
            balance=0 if ended else AMOUNT,
            purpose="bid",
            reference=bid,
            status={"won": "split", "open": "open"}.get(status, "returned"),
            deleted_at=encode_moment(self._now) if ended else None,
        )
        self._row(
            "bids",
            id=bid,
            agent_id=name,
            payer=name,
            hold_id=hold,
            **{f"main_{key}": value for key, value in quantities().items()},
            main_amount=AMOUNT,
            main_reserve=18_200_000,
            sequence=len(self.rows["bids"]) + 1,
            placed_cycle=0,
            status=status,
            age=0,
            won_fallback=0,
            deleted_at=encode_moment(self._now) if ended else None,
            **cells,
        )

    def _cycle(self, number: int) -> None:
        winners = 0
        for name in self._names:
            bid, hold = self._open[name]
            if self._chance.random() < 0.8:
                winners += 1
                self._open[name] = self._lived(number, name, bid, hold)
            else:
                self._moved(f"hold:{hold}", name, AMOUNT, "bid_returned", bid)
                self._told("market.bid.replaced", bid_id=bid, agent_id=name, payer_id=name)
                self._kept(name, bid, hold, "replaced", ended_cycle=number)
                self._open[name] = self._placed(name, "")
        self.winners = [*getattr(self, "winners", []), winners]

    def _lived(self, number: int, name: str, bid: str, hold: str) -> tuple[str, str]:
        window = self._id()
        of = {"execution_id": window, "agent_id": name}
        self._moved(f"hold:{hold}", "burn", PAYMENT, "payment", bid)
        self._moved(f"hold:{hold}", name, AMOUNT - PAYMENT, "bid_returned", bid)
        self._told("market.bid.won", bid_id=bid, agent_id=name, payment_micro=PAYMENT)
        self._told("execution.run.queued", **of, bid_id=bid)
        self._told("execution.run.leased", **of, attempt=1, worker_id="w")
        self._told("execution.run.started", **of, attempt=1)
        other = self._chance.choice(self._names)
        if other != name:
            self._moved(name, other, PAID, "transfer", "")
            self._told(
                "economy.credits.transferred",
                window,
                name,
                sender=name,
                receiver=other,
                amount_micro=PAID,
            )
        after = self._placed(name, window)
        self._told("execution.run.terminated", **of, status="completed", exit_code=0)
        self._kept(name, bid, hold, "won", payment=PAYMENT, ended_cycle=number)
        at = encode_moment(self._now)
        zero = dict.fromkeys((f"used_{n}" for n in USED), 0)
        self._row(
            "executions",
            id=window,
            agent_id=name,
            bid_id=bid,
            payer=name,
            cycle=number,
            **quantities(),
            payment=PAYMENT,
            queued_at=at,
            status="completed",
            attempt=1,
            worker_id="w",
            started_at=at,
            deadline=at,
            acted=1,
            prompts_submitted=0,
            deleted_at=at,
            ended_cycle=number,
            exit_code=0,
            detail="",
            refunded=0,
            **zero,
        )
        return after

    def finish(self) -> None:
        """The bids that are open in the end."""
        for name, (bid, hold) in self._open.items():
            self._kept(name, bid, hold, "open")

    def cycles(self) -> Iterator[Cycle]:
        """One for each, as large as it needs to be."""
        nothing = (0, 0, 0, 0)
        rates = EconomicParameters().rates(BUNDLE)
        for number, wins in enumerate(self.winners, 1):
            used = tuple(wins * rate for rate in rates)
            yield Cycle(
                number=number,
                opened_at=START,
                prices=(1, 1, 1, 1),
                capacity=used,
                step=CycleStep.CLOSED,
                held=nothing,
                free=used,
                next_prices=(1, 1, 1, 1),
                closed_at=START,
                certificate=Certificate(
                    strategy="posted_density",
                    bids=wins,
                    wins=wins,
                    welfare=0,
                    upper_bound=0,
                    volume=wins * PAYMENT,
                    demand=used,
                    used=used,
                ),
            )


USED = ("cpu_ms", "memory_peak_bytes", "wall_ms", "workspace_bytes", "workspace_files")


def quantities() -> dict[str, int]:
    """The columns of every bundle."""
    return {
        "cpu_ms": BUNDLE.cpu_ms,
        "memory_milli_mb": BUNDLE.memory_milli_mb,
        "duration_ms": BUNDLE.duration_ms,
        "tokens": BUNDLE.tokens,
        "attention_share": BUNDLE.attention_share,
    }


def write_history(path: Path, transfers: int) -> int:
    """A history of about so many transfers in a new file; how many exactly."""
    store = SqlStore(f"sqlite:///{path}", SystemClock())
    history = History(min(10_000, transfers // 50), transfers // 5)
    history.finish()
    with store() as uow:
        for cycle in history.cycles():
            uow.cycles.add(cycle)
        uow.commit()
    store.close()
    connection = sqlite3.connect(path)
    for table in TABLES:
        rows = history.rows[table]
        if rows:
            names = ", ".join(column.name for column in metadata.tables[table].columns)
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
    connection.commit()
    connection.close()
    return len(history.rows["transfers"])
