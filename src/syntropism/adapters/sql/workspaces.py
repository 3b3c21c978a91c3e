"""The files agents are born with: version 1 of their workspaces."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text, select

from syntropism.adapters.sql.schema import created_at, metadata
from syntropism.adapters.sql.transaction import Transaction
from syntropism.adapters.sql.types import ID
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
