"""Workspaces: the files agents are born with, and which snapshots are their later versions."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Select,
    Table,
    Text,
    delete,
    exists,
    select,
)

from syntropism.adapters.sql.schema import created_at, metadata
from syntropism.adapters.sql.transaction import Row, Transaction, wanted_among
from syntropism.adapters.sql.types import ID
from syntropism.domain.execution.snapshots import WorkspaceVersion
from syntropism.domain.identifiers import AgentId

workspaces: Final = Table(
    "workspaces",
    metadata,
    Column("agent_id", ID, ForeignKey("agents.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("path", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    created_at(),
)

workspace_snapshots: Final = Table(
    "workspace_snapshots",
    metadata,
    Column("agent_id", ID, ForeignKey("agents.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("snapshot", Text, nullable=False),
    created_at(),
)

_FIRST: Final = 1

_FILES_OF: Final = (
    f"SELECT agent_id, path, content FROM workspaces WHERE version = {_FIRST} "
    "AND agent_id {members} ORDER BY agent_id, path"
)


class SqlWorkspaceFiles:
    """Workspaces in SQL: one row per agent, version and file."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, agent_id: AgentId, files: Mapping[str, bytes]) -> None:
        now = self._transaction.now()
        rows = [(agent_id, _FIRST, path, files[path], now) for path in sorted(files)]
        self._transaction.insert(workspaces, rows)

    def get(self, agent_id: AgentId) -> dict[str, bytes]:
        wanted = (
            select(workspaces.c.path, workspaces.c.content)
            .where(workspaces.c.agent_id == agent_id, workspaces.c.version == _FIRST)
            .order_by(workspaces.c.path)
        )
        return {path: bytes(content) for path, content in self._transaction.all(wanted)}

    def of(self, agent_ids: Iterable[AgentId]) -> dict[AgentId, dict[str, bytes]]:
        found: dict[AgentId, dict[str, bytes]] = {}
        rows = self._transaction.raw(_FILES_OF, self._transaction.keys(agent_ids))
        for agent_id, path, content in rows:
            found.setdefault(agent_id, {})[path] = bytes(content)
        return found


class SqlWorkspaceVersions:
    """Later versions in SQL: one row per agent and version."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def head(self, agent_id: AgentId) -> WorkspaceVersion | None:
        wanted = (
            select(workspace_snapshots)
            .where(workspace_snapshots.c.agent_id == agent_id)
            .order_by(workspace_snapshots.c.version.desc())
            .limit(1)
        )
        return next(iter(self._found(wanted)), None)

    def heads(self, agent_ids: Iterable[AgentId]) -> dict[AgentId, WorkspaceVersion]:
        wanted = heads_among(self._transaction.dialect_name)
        rows = self._transaction.prepared(wanted, self._transaction.keys(agent_ids))
        return {row[0]: _version(row) for row in rows}

    def add(self, version: WorkspaceVersion) -> None:
        row = (version.agent_id, version.version, version.snapshot, version.created_at)
        self._transaction.insert(workspace_snapshots, [row])

    def everything(self) -> list[WorkspaceVersion]:
        ordered = (workspace_snapshots.c.agent_id, workspace_snapshots.c.version)
        return self._found(select(workspace_snapshots).order_by(*ordered))

    def remove(self, versions: Sequence[WorkspaceVersion]) -> None:
        for one in versions:
            key = (
                workspace_snapshots.c.agent_id == one.agent_id,
                workspace_snapshots.c.version == one.version,
            )
            self._transaction.connection.execute(delete(workspace_snapshots).where(*key))

    def _found(self, wanted: Select[Any]) -> list[WorkspaceVersion]:
        return [_version(row) for row in self._transaction.all(wanted)]


def _version(row: Row) -> WorkspaceVersion:
    return WorkspaceVersion(agent_id=row[0], version=row[1], snapshot=row[2], created_at=row[3])


@cache
def heads_among(dialect: str) -> Select[Any]:
    """The newest version of each agent among the wanted ones."""
    newer = workspace_snapshots.alias("newer")
    superseded = exists().where(
        newer.c.agent_id == workspace_snapshots.c.agent_id,
        newer.c.version > workspace_snapshots.c.version,
    )
    among = wanted_among(workspace_snapshots.c.agent_id, dialect)
    return select(workspace_snapshots).where(among, ~superseded)
