"""What commands show of an economy that has lived: for people and for machines."""

import csv
import json
import sqlite3
from pathlib import Path

import pytest
from tests.e2e.cli.driver import Town

READING = [
    ("status",),
    ("agents", "list"),
    ("agents", "show", "genesis", "--files"),
    ("agents", "show", "genesis", "--file", "main.py"),
    ("market", "show"),
    ("market", "history"),
    ("ledger", "show"),
    ("ledger", "show", "--account", "treasury"),
    ("ledger", "show", "--account", "ada"),
    ("executions", "list"),
    ("dead-letters", "list"),
    ("audit",),
    ("report",),
    ("export",),
    ("db", "current"),
    ("db", "upgrade"),
    ("config", "show"),
    ("doctor",),
    ("score", "--policy", "silent"),
]


@pytest.mark.parametrize("arguments", READING)
def test_for_people_it_is_text_and_for_machines_json_and_nothing_else(
    lived: Town, arguments: tuple[str, ...]
) -> None:
    text = lived.ok(*arguments)
    assert text.strip()
    assert "\x1b" not in text, "no colours where there is no terminal"
    done = lived.inside(*arguments, "--json")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    json.loads(done.stdout)


def test_lists_go_on_where_they_ended(lived: Town) -> None:
    whole = [one["id"] for one in lived.json("ledger", "show", "-n", "200")["items"]]
    parts: list[str] = []
    cursor: list[str] = []
    while True:
        page = lived.json("ledger", "show", "-n", "7", *cursor)
        parts += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = ["--cursor", page["next_cursor"]]
    assert parts[: len(whole)] == whole


def test_the_status_is_what_the_books_say(lived: Town) -> None:
    status = lived.json("status")
    assert status["circulation"] == pytest.approx(status["minted"] - status["burned"])
    with sqlite3.connect(lived.folder / "economy.db") as database:
        (minted,) = database.execute(
            "SELECT sum(amount) FROM transfers WHERE debit LIKE 'mint:%'"
        ).fetchone()
    assert status["minted"] == pytest.approx(minted / 1_000_000)


def test_exported_tables_are_the_tables(lived: Town, tmp_path: Path) -> None:
    files = lived.json("export", "--output", str(tmp_path / "tables"))["files"]
    assert len(files) >= 7
    with (tmp_path / "tables" / "transfers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with sqlite3.connect(lived.folder / "economy.db") as database:
        assert (len(rows),) == database.execute("SELECT count(*) FROM transfers").fetchone()
    lived.ok("export", "--format", "parquet", "--output", str(tmp_path / "parquet"))
    assert (tmp_path / "parquet" / "agents.parquet").read_bytes()[:4] == b"PAR1"


def test_config_tells_where_each_value_comes_from(town: Town) -> None:
    (town.folder / "syntropism.toml").write_text("[cycle]\nseconds = 7\n")
    shown = town.json("config", "show")
    assert shown["cycle.seconds"] == {"value": 7, "source": "syntropism.toml"}
    assert shown["api.port"]["source"] == "environment SYNTROPISM_API_PORT"
    assert shown["economy.spawn_fee"] == {"value": 100, "source": "default"}


def test_a_project_is_found_from_a_folder_inside_it_and_by_name(lived: Town) -> None:
    inside = Town(lived.folder / "agents" / "hello")
    assert inside.json("status") == lived.json("status")
    outside = Town(lived.folder.parent)
    assert outside.json("status", "--project", "town") == lived.json("status")
    assert json.loads(outside.ok("-C", "town", "status", "--json")) == lived.json("status")


def test_what_agents_write_cannot_steer_the_terminal(town: Town) -> None:
    home = town.folder / "agents" / "rogue"
    home.mkdir(parents=True)
    (home / "main.py").write_text("print('\\x1b]0;owned\\x07 \\x1b[2J[bold]hello[/bold] \\x9b31m')")
    town.ok("agents", "create", "rogue", "--from", "agents/rogue")
    town.ok("run", "--cycles", "1", "--human", "none", "--no-report")
    (window,) = town.json("executions", "list", "--agent", "rogue")["items"]
    shown = town.ok("executions", "logs", window["id"])
    assert "[bold]hello[/bold]" in shown
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)
    raw = town.inside("executions", "logs", window["id"], "--json").stdout
    assert raw.isascii()
    assert not {"\x1b", "\x07", "\x9b"} & set(raw)


def test_agents_are_killed_sponsored_and_their_failures_kept(town: Town) -> None:
    home = town.folder / "agents" / "broken"
    home.mkdir(parents=True)
    (home / "main.py").write_text("raise SystemExit(3)")
    town.ok("agents", "create", "broken", "--from", "agents/broken")
    town.ok("cycle")
    (letter,) = town.json("dead-letters", "list")["items"]
    assert letter["ours"] is False
    assert town.json("dead-letters", "retry", letter["id"])["status"] == "retried"
    (held, *_) = town.json("ledger", "show", "--account", "treasury")["items"]
    assert held["kind"] == "bid_held"
    town.ok("cycle")
    newest = town.json("dead-letters", "list")["items"][0]
    assert newest["id"] != letter["id"]
    assert town.ok("dead-letters", "discard", newest["id"]) == "discarded\n"
    assert town.json("agents", "sponsor", "broken")["payer_id"] == "treasury"
    assert town.json("agents", "kill", "broken")["status"] == "dead"
    assert town.json("audit")["ok"] is True


def test_an_issued_token_opens_the_api_for_its_role_alone(town: Town) -> None:
    town.ok("cycle")
    issued = town.json("token", "issue", "bo", "--role", "viewer")
    assert issued["token"].startswith("syn_")
    with sqlite3.connect(town.folder / "economy.db") as database:
        kept = database.execute("SELECT * FROM operators").fetchall()
    assert all(issued["token"] not in str(row) for row in kept)
