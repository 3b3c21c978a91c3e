"""What is written for people: pages and tables."""

from pathlib import Path
from typing import Any

from syntropism.application.queries.report import Tables


def write_html(*arguments: Any) -> str:
    from syntropism.adapters.report.html import write_html  # matplotlib is slow to import

    return write_html(*arguments)


def write_tables(tables: Tables, folder: Path, format: str) -> list[Path]:
    from syntropism.adapters.report.export import export

    return export(tables, folder, format)
