"""The windows, and what they wrote."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    bindparam,
    delete,
    literal_column,
    or_,
    select,
    text,
)

from syntropism.adapters.sql.bundles import bundle_of, further_cell
from syntropism.adapters.sql.paging import newest_first
from syntropism.adapters.sql.schema import created_at, deleted_at, metadata, updated_at
from syntropism.adapters.sql.transaction import Row, Transaction, wanted_among
from syntropism.adapters.sql.types import ACCOUNT, ID, MICRO, UtcDateTime
from syntropism.domain.execution.executions import Execution, ExecutionStatus, Usage
from syntropism.domain.identifiers import AgentId, BidId, ExecutionId, WorkerId

UNFINISHED_EXECUTION: Final = text("executions.status IN ('queued', 'leased', 'running')")
_UNFINISHED: Final = text("status IN ('queued', 'leased', 'running')")
UNDER_WAY_EXECUTION: Final = text("executions.status IN ('leased', 'running')")
_UNDER_WAY: Final = text("status IN ('leased', 'running')")

executions: Final = Table(
    "executions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("agent_id", ID, ForeignKey("agents.id"), nullable=False),
    Column("bid_id", ID, ForeignKey("bids.id"), nullable=False),
    Column("payer", ACCOUNT, ForeignKey("accounts.id"), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("cpu_ms", MICRO, nullable=False),
    Column("memory_milli_mb", MICRO, nullable=False),
    Column("duration_ms", MICRO, nullable=False),
    Column("tokens", MICRO, nullable=False),
    Column("attention_share", MICRO, nullable=False),
    Column("payment", MICRO, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("worker_id", Text),
    Column("lease_expires_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("deadline", UtcDateTime),
    Column("acted", Boolean, nullable=False),
    Column("prompts_submitted", Integer, nullable=False),
    Column("offered_to", Text),
    deleted_at(),
    Column("ended_cycle", Integer),
    Column("exit_code", Integer),
    Column("used_cpu_ms", MICRO, nullable=False),
    Column("used_memory_peak_bytes", MICRO, nullable=False),
    Column("used_wall_ms", MICRO, nullable=False),
    Column("used_workspace_bytes", MICRO, nullable=False),
    Column("used_workspace_files", MICRO, nullable=False),
    Column("detail", Text, nullable=False),
    Column("refunded", Boolean, nullable=False),
    created_at(),
    updated_at(),
    Column("further", Text),
    Index(
        "idx_executions_agent_id_unfinished",
        "agent_id",
        unique=True,
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    ),
    Index("idx_executions_bid_id", "bid_id", unique=True),
    Index(
        "idx_executions_status_unfinished",
        "status",
        "id",
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    ),
    Index("idx_executions_agent_id", "agent_id", "id"),
    Index(
        "idx_executions_worker_id_under_way",
        "worker_id",
        "id",
        sqlite_where=_UNDER_WAY,
        postgresql_where=_UNDER_WAY,
    ),
)

execution_logs: Final = Table(
    "execution_logs",
    metadata,
    Column("execution_id", ID, ForeignKey("executions.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("log", Text, nullable=False),
    created_at(),
)

_COLUMNS: Final = (*tuple(executions.columns)[:31], executions.c.further)
_KEPT: Final = 11
"""How many leading columns never change."""
_SAVED: Final = (*(column.name for column in _COLUMNS[_KEPT:-1]), "updated_at")

_BY_ID: Final = select(*_COLUMNS).where(executions.c.id == bindparam("wanted"))
"""Every request of an agent asks this."""

_UNFINISHED_OF: Final = select(*_COLUMNS).where(
    UNFINISHED_EXECUTION, executions.c.agent_id == bindparam("wanted")
)


_QUEUED: Final = (UNFINISHED_EXECUTION, text("executions.status = 'queued'"))

_CANDIDATES: Final = (
    select(*_COLUMNS)
    .where(*_QUEUED)
    .order_by(executions.c.id)
    .limit(bindparam("at_most"))
    .offset(literal_column("0"))  # SQLite would be given another parameter
)
_CANDIDATES_FOR: Final = _CANDIDATES.where(
    or_(
        executions.c.offered_to.is_(None),
        executions.c.offered_to == bindparam("worker"),
        executions.c.queued_at <= bindparam("waited"),
    )
)
_UNDER_WAY_OF: Final = (
    select(*_COLUMNS)
    .where(UNDER_WAY_EXECUTION, executions.c.worker_id == bindparam("wanted"))
    .order_by(executions.c.id)
)


@cache
def queued_among(dialect: str) -> Select[Any]:
    """Those that are queued among the wanted ones."""
    among = wanted_among(executions.c.id, dialect)
    return select(*_COLUMNS).where(*_QUEUED, among).order_by(executions.c.id)


class SqlExecutions:
    """Executions in SQL. Whose window it is, and what was bought, never changes."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, added: Sequence[Execution]) -> None:
        now = self._transaction.now()
        rows = [
            (*_row(execution), execution.queued_at, now, further_cell(execution.bundle))
            for execution in added
        ]
        self._transaction.insert(executions, rows)

    def get(self, execution_id: ExecutionId) -> Execution | None:
        rows = self._transaction.prepared(_BY_ID, execution_id, lock=True)
        return _execution(rows[0]) if rows else None

    def save(self, execution: Execution) -> None:
        self.save_all([execution])

    def save_all(self, saved: Sequence[Execution]) -> None:
        now = self._transaction.now()
        rows = [(*_row(execution)[_KEPT:], now, execution.id) for execution in saved]
        self._transaction.update(executions, _SAVED, rows)

    def unfinished(self) -> list[Execution]:
        wanted = select(*_COLUMNS).where(UNFINISHED_EXECUTION)
        return self._found(wanted.order_by(executions.c.id))

    def unfinished_of(self, agent_id: AgentId) -> Execution | None:
        found = self._transaction.prepared(_UNFINISHED_OF, agent_id, lock=True)
        return _execution(found[0]) if found else None

    def of_bids(self, bid_ids: Iterable[BidId]) -> list[Execution]:
        won = self._transaction.among(executions.c.bid_id, bid_ids)
        return self._found(select(*_COLUMNS).where(won))

    def lease_candidates(
        self, limit: int, worker_id: WorkerId | None = None, waited: datetime | None = None
    ) -> list[Execution]:
        if worker_id is None:
            return self._prepared(_CANDIDATES, limit)
        return self._prepared(_CANDIDATES_FOR, worker_id, waited, limit)

    def queued_among(self, execution_ids: Iterable[ExecutionId]) -> list[Execution]:
        wanted = queued_among(self._transaction.dialect_name)
        return self._prepared(wanted, self._transaction.keys(execution_ids))

    def under_way_of(self, worker_id: WorkerId) -> list[Execution]:
        rows = self._transaction.prepared(_UNDER_WAY_OF, worker_id)
        return [_execution(row) for row in rows]

    def where(self, condition: ColumnElement[bool]) -> list[Execution]:
        """Those that meet a condition on the table, oldest first."""
        return self._found(select(*_COLUMNS).where(condition).order_by(executions.c.id))

    def page(
        self,
        limit: int,
        before: str | None = None,
        agent_id: AgentId | None = None,
        status: ExecutionStatus | None = None,
    ) -> list[Execution]:
        wanted = newest_first(select(*_COLUMNS), executions.c.id, limit, before)
        if agent_id is not None:
            wanted = wanted.where(executions.c.agent_id == agent_id)
        if status is not None:
            wanted = wanted.where(executions.c.status == status.value)
        return self._found(wanted)

    def save_log(self, execution_id: ExecutionId, attempt: int, log: str) -> None:
        key = (execution_logs.c.execution_id == execution_id, execution_logs.c.attempt == attempt)
        self._transaction.connection.execute(delete(execution_logs).where(*key))
        row = (execution_id, attempt, log, self._transaction.now())
        self._transaction.insert(execution_logs, [row])

    def log(self, execution_id: ExecutionId) -> str:
        latest = (
            select(execution_logs.c.log)
            .where(execution_logs.c.execution_id == execution_id)
            .order_by(execution_logs.c.attempt.desc())
            .limit(1)
        )
        return str(self._transaction.value(latest) or "")

    def _prepared(self, wanted: Select[Any], *parameters: Any) -> list[Execution]:
        """Locked; rows that others have are passed over."""
        rows = self._transaction.prepared(wanted, *parameters, lock=True, skip=True)
        return [_execution(row) for row in rows]

    def _found(self, wanted: Select[Any]) -> list[Execution]:
        return [_execution(row) for row in self._transaction.all(wanted)]


def _row(execution: Execution) -> tuple[Any, ...]:
    bundle, usage = execution.bundle, execution.usage
    return (
        execution.id,
        execution.agent_id,
        execution.bid_id,
        execution.payer,
        execution.cycle,
        bundle.cpu_ms,
        bundle.memory_milli_mb,
        bundle.duration_ms,
        bundle.tokens,
        bundle.attention_share,
        execution.payment,
        execution.queued_at,
        execution.status.value,
        execution.attempt,
        execution.worker_id,
        execution.lease_expires_at,
        execution.started_at,
        execution.deadline,
        execution.acted,
        execution.prompts_submitted,
        execution.offered_to,
        execution.ended_at,
        execution.ended_cycle,
        execution.exit_code,
        usage.cpu_ms,
        usage.memory_peak_bytes,
        usage.wall_ms,
        usage.workspace_bytes,
        usage.workspace_files,
        execution.detail,
        execution.refunded,
    )


def _execution(row: Row) -> Execution:
    started: datetime | None = row[16]
    return Execution(
        id=row[0],
        agent_id=row[1],
        bid_id=row[2],
        payer=row[3],
        cycle=row[4],
        bundle=bundle_of(row[5:10], row[31]),
        payment=row[10],
        queued_at=row[11],
        status=ExecutionStatus(row[12]),
        attempt=row[13],
        worker_id=row[14],
        lease_expires_at=row[15],
        started_at=started,
        deadline=row[17],
        acted=row[18],
        prompts_submitted=row[19],
        offered_to=row[20],
        ended_at=row[21],
        ended_cycle=row[22],
        exit_code=row[23],
        usage=Usage(
            cpu_ms=row[24],
            memory_peak_bytes=row[25],
            wall_ms=row[26],
            workspace_bytes=row[27],
            workspace_files=row[28],
        ),
        detail=row[29],
        refunded=row[30],
    )
