"""Leadership rows."""

from typing import Final

from sqlalchemy import Column, Integer, Table, Text, delete, select

from syntropism.adapters.sql.schema import metadata, updated_at
from syntropism.adapters.sql.transaction import Transaction
from syntropism.adapters.sql.types import UtcDateTime
from syntropism.application.ports.repositories.leases import Lease

leases: Final = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    updated_at(),
)


class SqlLeases:
    """Leases in SQL."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, name: str) -> Lease | None:
        self._transaction.alone(f"lease {name}")
        wanted = select(*tuple(leases.columns)[:4]).where(leases.c.name == name)
        row = self._transaction.first(self._transaction.locked(wanted))
        return Lease(*row) if row else None

    def save(self, lease: Lease) -> None:
        self._transaction.connection.execute(delete(leases).where(leases.c.name == lease.name))
        row = (lease.name, lease.holder, lease.fence, lease.expires_at, self._transaction.now())
        self._transaction.insert(leases, [row])
