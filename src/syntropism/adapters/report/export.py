"""The tables as files that other programs read: CSV, or Parquet through DuckDB."""

import csv
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from syntropism.adapters.report.files import written_whole
from syntropism.application.documents import timestamp
from syntropism.application.ports.reporting import MissingExtra, ReportFailed
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
    """By way of a private file of quoted cells, which DuckDB reads far faster than parameters."""
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtra(
            "Parquet needs DuckDB: pip install 'syntropism[analysis]' (or export as CSV)"
        ) from error
    cells = path.with_name(f"{path.name}.cells")
    columns = {column.name: _PARQUET_TYPES[column.kind] for column in table.columns}
    try:
        with cells.open("w", encoding="utf-8", newline="") as file:
            for row in table:
                file.write(_quoted(getattr(row, name) for name in columns))
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as database:
            database.execute(
                "COPY (SELECT * FROM read_csv(?, header = false, columns = ?, delim = ',', "
                "quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false, "
                "auto_detect = false, parallel = false, max_line_size = 16000000)) "
                f"TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)",
                [str(cells), columns],
            )
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise ReportFailed(f"cannot write {path.name}: {reason[:200]}") from error
    finally:
        cells.unlink(missing_ok=True)


def _quoted(values: Iterable[Any]) -> str:
    """One line of cells, each in quotes but for what is missing."""
    return ",".join("" if value is None else f'"{_exact(value)}"' for value in values) + "\n"


def _exact(value: Any) -> str:
    if isinstance(value, datetime):
        return timestamp(value).removesuffix("Z")
    if not isinstance(value, str):
        return str(value)
    storable = value.encode("utf-8", "replace").decode().replace("\x00", "")
    return storable.replace('"', '""')
