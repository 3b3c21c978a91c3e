"""The posted prices, now and before."""

from typing import Final

from sqlalchemy import Column, Integer, String, Table, delete, select

from syntropism.adapters.sql.schema import created_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Transaction
from syntropism.adapters.sql.types import MICRO
from syntropism.domain.market.resources import RESOURCES

market_states: Final = Table(
    "market_states",
    metadata,
    Column("resource", String(32), primary_key=True),
    Column("price_pico", MICRO, nullable=False),
    Column("capacity_milli", MICRO, nullable=False),
    Column("cycle", Integer, nullable=False),
    updated_at(),
)

market_state_history: Final = Table(
    "market_state_history",
    metadata,
    Column("cycle", Integer, primary_key=True, autoincrement=False),
    Column("resource", String(32), primary_key=True),
    Column("price_pico", MICRO, nullable=False),
    Column("capacity_milli", MICRO, nullable=False),
    created_at(),
)


class SqlMarketStates:
    """Posted prices in SQL: one row per resource, and one per resource and cycle."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def prices(self) -> dict[str, int] | None:
        rows = self._transaction.all(select(market_states.c.resource, market_states.c.price_pico))
        posted: dict[str, int] = {row[0]: row[1] for row in rows}
        names = (*RESOURCES, *sorted(posted.keys() - set(RESOURCES)))
        return {name: posted[name] for name in names} if posted else None

    def save(
        self,
        cycle: int,
        resources: tuple[str, ...],
        prices: tuple[int, ...],
        capacity: tuple[int, ...],
    ) -> None:
        now = self._transaction.now()
        posted = list(zip(resources, prices, capacity, strict=True))
        execute = self._transaction.connection.execute
        execute(delete(market_states))
        execute(delete(market_state_history).where(market_state_history.c.cycle == cycle))
        self._transaction.insert(market_states, [(*one, cycle, now) for one in posted])
        self._transaction.insert(market_state_history, [(cycle, *one, now) for one in posted])
