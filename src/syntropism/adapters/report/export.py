"""The tables as files that other programs read: CSV, or Parquet through DuckDB."""

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from syntropism.adapters.report.files import failed, written_whole
from syntropism.application.documents import timestamp
from syntropism.application.ports.reporting import MissingExtra
from syntropism.application.queries.report import Table, Tables
from syntropism.application.untrusted import csv_text
from syntropism.domain.credits import Credits
from syntropism.domain.errors import Invalid

FORMATS: Final = ("csv", "parquet")

_PARQUET_TYPES: Final[dict[type, str]] = {
    str: "VARCHAR",
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    Credits: "DECIMAL(18,6)",
    datetime: "TIMESTAMP",
}


def export(tables: Tables, folder: Path, format: str = "csv") -> list[Path]:
    """Writes every table to ``folder`` (made if need be) and gives the files.

    In CSV (UTF-8) money is an exact decimal number of credits and nothing is an empty cell; what
    a spreadsheet would run as a formula is led by an apostrophe. In Parquet money is
    ``DECIMAL(18,6)``, moments are UTC, and text is exact.

    Raises:
        Invalid: ``format`` is not one of ``FORMATS``.
        MissingExtra: Parquet without DuckDB.
        ReportFailed: a file could not be written.
    """
    if format not in FORMATS:
        raise Invalid(f"format must be one of {', '.join(FORMATS)}", field="format")
    write = _write_csv if format == "csv" else _write_parquet
    written = []
    for name, table in tables.by_name().items():
        path = folder / f"{name}.{format}"
        with written_whole(path) as draft:
            write(table, draft)
        written.append(path)
    return written


def _write_csv(table: Table[Any], path: Path) -> None:
    names = [column.name for column in table.columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for row in table:
            writer.writerow([_csv_cell(getattr(row, name)) for name in names])


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return csv_text(value)
    return timestamp(value) if isinstance(value, datetime) else str(value)


def _write_parquet(table: Table[Any], path: Path) -> None:
    """By way of a file of JSON lines, which DuckDB reads far faster than parameters."""
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtra(
            "Parquet needs DuckDB: pip install 'syntropism[analysis]' (or export as CSV)"
        ) from error
    lines = path.with_name(f"{path.name}.jsonl")
    columns = {column.name: _PARQUET_TYPES[column.kind] for column in table.columns}
    try:
        with lines.open("w", encoding="utf-8") as file:
            for row in table:
                cells = {name: _json_cell(getattr(row, name)) for name in columns}
                file.write(json.dumps(cells) + "\n")
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as database:
            database.execute(
                "COPY (SELECT * FROM read_json(?, columns = ?, format = 'newline_delimited')) "
                f"TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)",
                [str(lines), columns],
            )
    except duckdb.Error as error:
        raise failed(path.parent, str(error)) from error
    finally:
        lines.unlink(missing_ok=True)


def _json_cell(value: Any) -> Any:
    """Money and moments as text, which loses nothing; text without what UTF-8 cannot store."""
    if isinstance(value, datetime):
        return timestamp(value).removesuffix("Z")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "")
    return str(value) if isinstance(value, Credits) else value
