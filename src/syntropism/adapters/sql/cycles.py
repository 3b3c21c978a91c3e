"""The numbered runs of the market."""

from collections.abc import Sequence
from json import loads
from typing import Any, Final

from attrs import asdict
from sqlalchemy import Column, ForeignKey, Integer, Select, String, Table, Text, func, select

from syntropism.adapters.sql.paging import newest_first
from syntropism.adapters.sql.schema import created_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Row, Transaction
from syntropism.adapters.sql.types import DOCUMENT, UtcDateTime, encode_json
from syntropism.domain.market.cycles import Certificate, Cycle, CycleStep
from syntropism.domain.market.losses import NO_LOSSES, Loss, Losses, LossReason
from syntropism.domain.market.resources import RESOURCES

cycles: Final = Table(
    "cycles",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    created_at(),
    Column("prices", DOCUMENT, nullable=False),
    Column("capacity", DOCUMENT, nullable=False),
    Column("step", String(16), nullable=False),
    Column("held", DOCUMENT, nullable=False),
    Column("free", DOCUMENT, nullable=False),
    Column("certificate", DOCUMENT),
    Column("next_prices", DOCUMENT),
    Column("births", Integer, nullable=False),
    Column("deaths", Integer, nullable=False),
    Column("closed_at", UtcDateTime),
    updated_at(),
    Column("resources", DOCUMENT),
)

cycle_losses: Final = Table(
    "cycle_losses",
    metadata,
    Column("cycle", Integer, ForeignKey("cycles.number"), primary_key=True, autoincrement=False),
    Column("losses", Text, nullable=False),
    created_at(),
)
"""Why bids lost, as one text of JSON columns per cycle: megabytes after a large round, which no
step of the cycle reads again."""

_COLUMNS: Final = tuple(cycles.columns)[:12]
_READ: Final = (*_COLUMNS, cycles.c.resources)
_SAVED: Final = (*(column.name for column in _COLUMNS[2:]), "updated_at")

_LATEST_NUMBER: Final = select(func.max(cycles.c.number))
"""Every command asks this."""


class SqlCycles:
    """Cycles in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, cycle: Cycle) -> None:
        names = None if cycle.resources == RESOURCES else cycle.resources
        row = (cycle.number, cycle.opened_at, *_state(cycle), self._transaction.now(), names)
        self._transaction.insert(cycles, [row])

    def get(self, number: int) -> Cycle | None:
        wanted = select(*_READ).where(cycles.c.number == number)
        return next(iter(self._found(self._transaction.locked(wanted))), None)

    def latest(self) -> Cycle | None:
        return next(iter(self.page(1)), None)

    def latest_number(self) -> int:
        return int(self._transaction.prepared(_LATEST_NUMBER)[0][0] or 0)

    def save(self, cycle: Cycle) -> None:
        row = (*_state(cycle), self._transaction.now(), cycle.number)
        self._transaction.update(cycles, _SAVED, [row])

    def save_losses(self, number: int, losses: Sequence[Loss]) -> None:
        told = losses if isinstance(losses, Losses) else Losses.of(losses)
        columns = [list(told.bid_ids), list(told.reasons), list(told.amounts_to_win)]
        if told.amounts_at_least is not None:
            columns.append(list(told.amounts_at_least))
        text = encode_json(columns)
        self._transaction.insert(cycle_losses, [(number, text, self._transaction.now())])

    def losses(self, number: int) -> Sequence[Loss]:
        text = self._transaction.value(
            select(cycle_losses.c.losses).where(cycle_losses.c.cycle == number)
        )
        if text is None:
            return NO_LOSSES
        bid_ids, reasons, *amounts = loads(text)
        return Losses(bid_ids, list(map(LossReason, reasons)), *amounts)

    def page(self, limit: int, before: int | None = None) -> list[Cycle]:
        wanted = newest_first(select(*_READ), cycles.c.number, limit, before)
        return self._found(wanted)

    def _found(self, wanted: Select[Any]) -> list[Cycle]:
        return [_cycle(row) for row in self._transaction.all(wanted)]


def _cycle(row: Row) -> Cycle:
    number, opened_at, prices, capacity, step, held, free, certificate, next_prices = row[:9]
    found = None
    if certificate is not None:
        steps = tuple(map(tuple, certificate.get("frontier", ())))
        vectors = {name: tuple(certificate[name]) for name in ("demand", "used")}
        found = Certificate(**certificate | vectors | {"frontier": steps})
    return Cycle(
        number=number,
        opened_at=opened_at,
        prices=tuple(prices),
        capacity=tuple(capacity),
        step=CycleStep(step),
        held=tuple(held),
        free=tuple(free),
        certificate=found,
        next_prices=None if next_prices is None else tuple(next_prices),
        births=row[9],
        deaths=row[10],
        closed_at=row[11],
        resources=RESOURCES if row[12] is None else tuple(row[12]),
    )


def _state(cycle: Cycle) -> Row:
    """Everything but the number and the opening, in the order of the columns."""
    return (
        cycle.prices,
        cycle.capacity,
        cycle.step.value,
        cycle.held,
        cycle.free,
        None if cycle.certificate is None else asdict(cycle.certificate),
        cycle.next_prices,
        cycle.births,
        cycle.deaths,
        cycle.closed_at,
    )
