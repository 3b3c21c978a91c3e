"""The report of an economy: tidy tables, a summary, an audit, and one file that shows them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import field, frozen

from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.application.queries.audit import AuditReport, audit
from syntropism.application.queries.report.rows import (
    AgentRow,
    BalanceRow,
    CycleRow,
    ExecutionRow,
    PopulationRow,
    PromptRow,
    TransferRow,
)
from syntropism.application.queries.report.summary import Summary, summary
from syntropism.application.queries.report.table import Table
from syntropism.application.queries.report.tables import Tables, tables
from syntropism.domain.economy.parameters import EconomicParameters


def audit_line(found: AuditReport) -> str:
    """``audit: ok``, or how many findings there are."""
    return "audit: ok" if found.ok else f"audit: {len(found.findings)} findings"


@frozen
class Report:
    """Everything that happened. Each table is a sequence of rows; a row is also a mapping, so
    ``list(map(dict, report.cycles))`` suits any data frame."""

    tables: Tables
    audit: AuditReport
    _write_html: Callable[..., Any] = field(repr=False)

    @property
    def agents(self) -> Table[AgentRow]:
        """One row per agent that ever was."""
        return self.tables.agents

    @property
    def cycles(self) -> Table[CycleRow]:
        """One row per closed cycle."""
        return self.tables.cycles

    @property
    def population(self) -> Table[PopulationRow]:
        """How many of each strategy were alive, by cycle."""
        return self.tables.population

    @property
    def balances(self) -> Table[BalanceRow]:
        """What each agent held at the end of each cycle."""
        return self.tables.balances

    @property
    def prompts(self) -> Table[PromptRow]:
        """One row per prompt, with its scores."""
        return self.tables.prompts

    @property
    def executions(self) -> Table[ExecutionRow]:
        """One row per window."""
        return self.tables.executions

    @property
    def transfers(self) -> Table[TransferRow]:
        """Every double-entry record."""
        return self.tables.transfers

    @property
    def summary(self) -> Summary:
        """The figures one would tell somebody."""
        return summary(self.tables)

    def write_html(self, path: str | os.PathLike[str], title: str = "A Syntropism economy") -> Path:
        """One self-contained HTML file with charts (with the ``[analysis]`` extra) and tables."""
        target = Path(path)
        self._write_html(target, self.tables, self.summary, audit_line(self.audit), title)
        return target


def make_report(
    store: UnitOfWorkFactory, parameters: EconomicParameters, write_html: Callable[..., Any]
) -> Report:
    """The report of what is stored now."""
    with store(read_only=True) as uow:
        return Report(tables(uow, parameters), audit(uow, parameters), write_html)
