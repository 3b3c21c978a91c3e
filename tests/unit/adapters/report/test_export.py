import csv
import errno
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from syntropism.adapters.report import export as module
from syntropism.adapters.report.export import export
from syntropism.adapters.report.files import failed
from syntropism.application.ports.reporting import MissingExtra, ReportFailed
from syntropism.domain.errors import Invalid


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_every_table_with_its_columns_even_when_empty(make_tables, tmp_path) -> None:
    found = make_tables(cycles=0, agents=0)
    written = export(found, tmp_path / "new" / "folder")
    assert [path.stem for path in written] == list(found.by_name())
    header = (tmp_path / "new" / "folder" / "cycles.csv").read_text().strip().split(",")
    assert header == [column.name for column in found.cycles.columns]


def test_csv_money_is_exact(found, tmp_path) -> None:
    export(found, tmp_path)
    amounts = [Decimal(row["amount"]) for row in _read(tmp_path / "transfers.csv")]
    assert amounts == [row.amount.decimal for row in found.transfers]
    assert amounts == [Decimal("0.000001"), Decimal("9007199254.740992")]


def test_csv_text_is_tame_and_no_formula(found, tmp_path) -> None:
    export(found, tmp_path)
    assert _read(tmp_path / "prompts.csv")[0]["content"] == (
        '\'=HYPERLINK("http://x")<script>alert(1)</script>, "quoted"\nnext'
    )


def test_csv_leaves_cells_empty_where_there_is_nothing(found, tmp_path) -> None:
    export(found, tmp_path)
    assert _read(tmp_path / "executions.csv")[0]["exit_code"] == ""
    assert _read(tmp_path / "executions.csv")[0]["refunded"] == "false"
    assert _read(tmp_path / "cycles.csv")[0]["gap"] == ""
    assert _read(tmp_path / "prompts.csv")[0]["submitted_at"] == "2026-01-01T00:00:00.000000Z"


def test_parquet_is_exact_in_type_and_value(found, tmp_path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="Parquet is written through DuckDB")
    for path in export(found, tmp_path, "parquet"):
        table = found.by_name()[path.stem]
        answer = duckdb.sql(f"SELECT * FROM '{path}'")
        assert answer.columns == [column.name for column in table.columns]
        assert len(answer.fetchall()) == len(table)
    amounts = duckdb.sql(f"SELECT amount, memo FROM '{tmp_path}/transfers.parquet'").fetchall()
    assert amounts == [(row.amount.decimal, row.memo) for row in found.transfers]
    kinds = duckdb.sql(f"DESCRIBE SELECT * FROM '{tmp_path}/executions.parquet'").fetchall()
    by_name = {kind[0]: kind[1] for kind in kinds}
    assert by_name["payment"] == "DECIMAL(18,6)"
    assert by_name["refunded"] == "BOOLEAN"
    assert by_name["queued_at"] == "TIMESTAMP"
    gaps = duckdb.sql(f"SELECT gap FROM '{tmp_path}/cycles.parquet'").fetchall()
    assert [gap for (gap,) in gaps] == found.cycles.column("gap")


def test_parquet_tells_nothing_from_empty_text(found, tmp_path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="Parquet is written through DuckDB")
    export(found, tmp_path, "parquet")
    answer = duckdb.sql(f"SELECT reference FROM '{tmp_path}/transfers.parquet'").fetchall()
    assert answer == [("",), ("",)]
    answer = duckdb.sql(f"SELECT exit_code FROM '{tmp_path}/executions.parquet'").fetchall()
    assert answer == [(None,)]


def test_parquet_works_in_a_folder_with_a_quote_in_its_name(found, tmp_path) -> None:
    pytest.importorskip("duckdb", reason="Parquet is written through DuckDB")
    written = export(found, tmp_path / "it's", "parquet")
    assert all(path.stat().st_size for path in written)
    assert len(list((tmp_path / "it's").iterdir())) == len(written)


def test_without_duckdb_one_line_says_what_to_install(found, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtra, match=r"pip install 'syntropism\[analysis\]'") as refusal:
        export(found, tmp_path, "parquet")
    assert "\n" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_another_format_is_refused(found, tmp_path) -> None:
    with pytest.raises(Invalid, match="csv, parquet"):
        export(found, tmp_path, "xlsx")


def test_a_full_disk_is_one_line_and_leaves_what_was_there(found, tmp_path, monkeypatch) -> None:
    (tmp_path / "agents.csv").write_text("old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "_csv_cell", full)
    with pytest.raises(ReportFailed, match=r"agents\.csv: No space left on device; free") as told:
        export(found, tmp_path)
    assert "\n" not in str(told.value)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_folder_that_is_a_file_is_one_line(found, tmp_path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ReportFailed, match=r"cannot write .*; choose another place$"):
        export(found, tmp_path / "taken")


def test_what_duckdb_says_of_a_full_disk_is_one_line_too(tmp_path) -> None:
    said = 'IO Error: {"message": "No space left on device"}\n\nStack'
    told = failed(tmp_path, said)
    assert str(told) == (
        f"cannot write {tmp_path}: No space left on device; free some space or choose another place"
    )
    assert str(failed(tmp_path, "first\nsecond")).endswith(": first; choose another place")
