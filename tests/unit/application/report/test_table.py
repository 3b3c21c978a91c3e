from datetime import datetime

import pytest

from syntropism.application.queries.report import Table
from syntropism.application.queries.report.rows import PopulationRow, TransferRow
from syntropism.domain.credits import Credits

ROW = PopulationRow(cycle=3, strategy="poet", alive=2, dormant=1)


def test_a_row_is_an_object_and_a_mapping() -> None:
    assert ROW.strategy == ROW["strategy"] == "poet"
    assert dict(ROW) == {"cycle": 3, "strategy": "poet", "alive": 2, "dormant": 1}
    assert len(ROW) == 4
    with pytest.raises(KeyError):
        ROW["values"]


def test_a_row_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        ROW.alive = 9


def test_a_table_is_a_sequence_that_knows_its_columns() -> None:
    table = Table(PopulationRow, [ROW, ROW])
    assert len(table) == 2
    assert table[0] is ROW
    assert table[-1:] == (ROW,)
    assert table.dicts() == [dict(ROW), dict(ROW)]
    assert table.column("alive") == [2, 2]
    with pytest.raises(KeyError):
        table.column("keys")


def test_columns_have_the_type_of_what_is_in_them() -> None:
    kinds = {column.name: column.kind for column in Table(TransferRow, []).columns}
    assert kinds["amount"] is Credits
    assert kinds["cycle"] is int
    assert kinds["occurred_at"] is datetime
