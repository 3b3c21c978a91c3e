"""The report: tidy tables of everything that happened, and what to say about them."""

from syntropism.application.queries.report.summary import Summary, summary
from syntropism.application.queries.report.table import Row, Table
from syntropism.application.queries.report.tables import Tables, tables

__all__ = ["Row", "Summary", "Table", "Tables", "summary", "tables"]
