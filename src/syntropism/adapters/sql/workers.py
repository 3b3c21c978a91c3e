"""Workers, and the room they have declared."""

from datetime import datetime
from typing import Final

from sqlalchemy import Boolean, Column, Integer, Table, Text, bindparam, select, update

from syntropism.adapters.sql.schema import created_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Row, Transaction
from syntropism.adapters.sql.types import MICRO, UtcDateTime
from syntropism.domain.execution.workers import DeclaredWorker
from syntropism.domain.identifiers import WorkerId

workers: Final = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("cpu_milli", MICRO, nullable=False),
    Column("memory_milli_mb", MICRO, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("heartbeat_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("draining", Boolean, nullable=False),
    created_at(),
    updated_at(),
)

_COLUMNS: Final = tuple(workers.columns)[:7]
_BY_ID: Final = select(*_COLUMNS).where(workers.c.id == bindparam("wanted"))


class SqlWorkers:
    """Workers in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, worker_id: WorkerId) -> DeclaredWorker | None:
        rows = self._transaction.prepared(_BY_ID, worker_id, lock=True)
        return _worker(rows[0]) if rows else None

    def save(self, worker: DeclaredWorker) -> None:
        now = self._transaction.now()
        facts = {column.name: getattr(worker, column.name) for column in _COLUMNS}
        changed = self._transaction.connection.execute(
            update(workers).where(workers.c.id == worker.id).values(**facts, updated_at=now)
        )
        if not changed.rowcount:
            self._transaction.insert(workers, [(*facts.values(), now, now)])

    def live(self, now: datetime) -> list[DeclaredWorker]:
        wanted = select(*_COLUMNS).where(workers.c.draining.is_(False), workers.c.expires_at > now)
        return [_worker(row) for row in self._transaction.all(wanted.order_by(workers.c.id))]

    def everyone(self) -> list[DeclaredWorker]:
        wanted = select(*_COLUMNS).order_by(workers.c.id)
        return [_worker(row) for row in self._transaction.all(wanted)]


def _worker(row: Row) -> DeclaredWorker:
    return DeclaredWorker(
        id=row[0],
        cpu_milli=row[1],
        memory_milli_mb=row[2],
        slots=row[3],
        heartbeat_at=row[4],
        expires_at=row[5],
        draining=row[6],
    )
