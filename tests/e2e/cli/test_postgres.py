"""The same economy on a PostgreSQL server: from the command line and the library."""

from pathlib import Path

import pytest
from tests.e2e.cli.conftest import new_town
from tests.e2e.cli.driver import refused

from syntropism import Bundle, Economy
from syntropism.application.ports.unit_of_work import StorageFailed


@pytest.fixture
def empty(postgres):
    """The URL of a database without anything in it."""
    url = postgres.empty()
    yield url
    postgres.drop(url)


def test_a_whole_run_with_nothing_but_a_url(tmp_path: Path, empty: str) -> None:
    town = new_town(tmp_path, SYNTROPISM_STORAGE_DATABASE_URL=empty)
    assert "schema none" in town.ok("db", "current")
    town.ok("db", "upgrade")
    assert town.json("db", "current")["current"]
    town.ok("run", "--cycles", "3", "--human", "generous", "--sandbox", "inprocess", "--no-report")
    town.ok("run", "--cycles", "1", "--human", "generous", "--sandbox", "inprocess", "--no-report")
    status = town.json("status")
    assert status["cycle"] == 4
    assert "audit: ok" in town.ok("audit")
    kinds = {one["kind"] for one in town.json("ledger", "show")["items"]}
    assert {"payment", "bid_held"} <= kinds
    assert not (town.folder / "economy.db").exists()
    shown = town.ok("doctor") + town.ok("config", "show", "--json")
    assert "not%20a%20secret" not in shown


def test_one_process_at_a_time_runs_an_economy(tmp_path: Path, empty: str) -> None:
    with Economy.open(empty, folder=tmp_path / "one") as economy:
        economy.step()
        with pytest.raises(StorageFailed, match="another process runs the economy"):
            Economy.open(empty, folder=tmp_path / "two")
    Economy.open(empty, folder=tmp_path / "two").close()


def test_an_orchestrator_elsewhere_is_not_pushed_aside(
    tmp_path: Path, empty: str, postgres
) -> None:
    Economy.open(empty, folder=tmp_path / "one").close()
    postgres.run("UPDATE leases SET holder = 'elsewhere'", empty.rpartition("/")[2])
    town = new_town(tmp_path, SYNTROPISM_STORAGE_DATABASE_URL=empty)
    done = town.inside("run", "--cycles", "1", "--human", "none", "--sandbox", "inprocess")
    refused(done, 1, "another orchestrator leads")


def test_the_library_lives_on_a_server(tmp_path: Path, empty: str) -> None:
    with Economy.open(empty, folder=tmp_path / "kept") as economy:
        ada = economy.create_agent("ada", credits=1_000)

        @ada.behaviour
        def live(me):
            if me.balance >= 30:
                me.bid(Bundle(cpu_seconds=1, memory_mb=64, duration_seconds=5), amount=30)

        economy.run(cycles=4)
        assert economy.audit().ok
        balance = ada.balance
        assert economy.status.cycle == 4
    with Economy.open(empty, folder=tmp_path / "kept") as economy:
        assert economy.agent("ada").balance == balance


def test_a_wrong_password_is_one_line(tmp_path: Path, postgres, empty: str) -> None:
    wrong = empty.replace("not%20a", "another")
    town = new_town(tmp_path, SYNTROPISM_STORAGE_DATABASE_URL=wrong)
    done = town.inside("db", "current")
    refused(done, 3, "refused the password")
    assert "another" not in done.stderr
