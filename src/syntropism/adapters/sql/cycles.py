"""The numbered runs of the market."""

from json import loads
from typing import Any, Final

from attrs import asdict, define, evolve
from sqlalchemy import Column, Integer, Select, String, Table, Text, func, or_, select, update

from syntropism.adapters.sql.schema import created_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Row, Transaction
from syntropism.adapters.sql.types import DOCUMENT, UtcDateTime, encode_json
from syntropism.domain.market.cycles import Certificate, Cycle, CycleStep, LossRecord

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
    Column("losses", Text),
)

_COLUMNS: Final = tuple(cycles.columns)[:12]
_SAVED: Final = (*(column.name for column in _COLUMNS[2:]), "updated_at")

_LATEST_NUMBER: Final = select(func.max(cycles.c.number))
"""Every command asks this."""

Losses = tuple[LossRecord, ...]


@define
class LossesMemory:
    """The losses last read or written, beside their text. A round of a hundred thousand bids
    leaves megabytes of them, which every later step of the cycle would read again."""

    losses: Losses = ()
    text: str = "[]"

    def encode(self, losses: Losses) -> str:
        """The text of ``losses``."""
        if losses is not self.losses:
            rows = [(loss.bid_id, loss.reason, loss.amount_to_win) for loss in losses]
            self.losses, self.text = losses, encode_json(rows)
        return self.text

    def decode(self, text: str) -> Losses:
        """The losses behind ``text``."""
        if text != self.text:
            losses = tuple(
                LossRecord(bid_id=bid_id, reason=reason, amount_to_win=amount)
                for bid_id, reason, amount in loads(text)
            )
            self.losses, self.text = losses, text
        return self.losses


class SqlCycles:
    """Cycles in SQL."""

    def __init__(self, transaction: Transaction, memory: LossesMemory) -> None:
        self._transaction = transaction
        self._memory = memory

    def add(self, cycle: Cycle) -> None:
        losses = self._memory.encode(cycle.certificate.losses) if cycle.certificate else None
        row = (cycle.number, cycle.opened_at, *_state(cycle), self._transaction.now(), losses)
        self._transaction.insert(cycles, [row])

    def get(self, number: int) -> Cycle | None:
        wanted = select(*_COLUMNS, cycles.c.losses).where(cycles.c.number == number)
        return next(iter(self._found(self._transaction.locked(wanted))), None)

    def latest(self) -> Cycle | None:
        return next(iter(self.page(1)), None)

    def latest_number(self) -> int:
        return int(self._transaction.prepared(_LATEST_NUMBER)[0][0] or 0)

    def save(self, cycle: Cycle) -> None:
        row = (*_state(cycle), self._transaction.now(), cycle.number)
        self._transaction.update(cycles, _SAVED, [row])
        if cycle.certificate is not None:
            text = self._memory.encode(cycle.certificate.losses)
            changed = or_(cycles.c.losses.is_(None), cycles.c.losses != text)
            self._transaction.connection.execute(
                update(cycles).where(cycles.c.number == cycle.number, changed).values(losses=text)
            )

    def page(self, limit: int, before: int | None = None) -> list[Cycle]:
        wanted = select(*_COLUMNS, cycles.c.losses).order_by(cycles.c.number.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(cycles.c.number < before)
        return self._found(wanted)

    def _found(self, wanted: Select[Any]) -> list[Cycle]:
        return [self._cycle(row) for row in self._transaction.all(wanted)]

    def _cycle(self, row: Row) -> Cycle:
        number, opened_at, prices, capacity, step, held, free, certificate, next_prices = row[:9]
        found = None
        if certificate is not None:
            found = Certificate(
                **certificate | {name: tuple(certificate[name]) for name in ("demand", "used")},
                losses=self._memory.decode(row[12]),
            )
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
        )


def _state(cycle: Cycle) -> Row:
    """Everything but the number and the opening, in the order of the columns."""
    certificate = None
    if cycle.certificate is not None:
        certificate = asdict(evolve(cycle.certificate, losses=()))
        del certificate["losses"]
    return (
        cycle.prices,
        cycle.capacity,
        cycle.step.value,
        cycle.held,
        cycle.free,
        certificate,
        cycle.next_prices,
        cycle.births,
        cycle.deaths,
        cycle.closed_at,
    )
