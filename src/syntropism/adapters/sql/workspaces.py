"""Workspaces: the files agents are born with, and which snapshots are their later versions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Select, Table, Text, delete, select

from syntropism.adapters.sql.schema import created_at, metadata
from syntropism.adapters.sql.transaction import Transaction
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
        return [
            WorkspaceVersion(agent_id=row[0], version=row[1], snapshot=row[2], created_at=row[3])
            for row in self._transaction.all(wanted)
        ]
