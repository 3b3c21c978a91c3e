"""Ctrl-C, kill, and the same command again."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli.conftest import new_town
from tests.e2e.cli.driver import Town

KILLS = 3
"""Twenty-five of them are in tests/e2e/test_soak_kills.py."""

SHORT = {
    "SYNTROPISM_MARKET_FIRST_BID_DURATION_SECONDS": "4",
    "SYNTROPISM_MARKET_FIRST_BID_AMOUNT": "60",
}
"""First windows that do not last."""


def until_cycle(run: "subprocess.Popen[str]", number: int) -> None:
    assert run.stdout is not None
    for line in run.stdout:
        if line.startswith(f"cycle {number:>3}"):
            return
    raise AssertionError(f"ended before cycle {number}: {run.communicate()}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_a_run_cleanly_and_the_same_command_goes_on(
    town: Town, number: signal.Signals
) -> None:
    run = town.start("run", "--human", "none", "--no-report")
    until_cycle(run, 1)
    run.send_signal(number)
    said, errors = run.communicate(timeout=60)
    assert run.returncode == 0, said + errors
    assert "audit: ok" in said
    assert "Traceback" not in errors
    closed = town.json("status")["cycle"]
    again = town.start("run", "--human", "none", "--no-report")
    until_cycle(again, closed + 1)
    again.kill()
    again.communicate(timeout=60)
    assert town.json("audit")["ok"] is True


def test_a_second_signal_leaves_at_once_and_nothing_is_lost(town: Town) -> None:
    town.settings |= SHORT
    town.ok("agents", "create", "sleeper", "--from", str(sleeper(town.folder)))
    run = town.start("run", "--human", "none", "--no-report")
    while not any(one["status"] == "running" for one in windows(town)):
        assert run.poll() is None
    run.send_signal(signal.SIGINT)
    time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    assert errors.splitlines()[-1].startswith("error: interrupted twice")
    assert "Traceback" not in errors
    town.ok("run", "--cycles", "2", "--human", "none", "--no-report")
    assert town.json("audit")["ok"] is True


def windows(town: Town) -> list[dict[str, Any]]:
    done = town.inside("executions", "list", "--agent", "sleeper", "--json")
    return [] if done.returncode else json.loads(done.stdout)["items"]


def test_ctrl_c_is_no_failure_of_an_agent_that_was_at_work(town: Town) -> None:
    town.settings |= SHORT
    town.ok("agents", "create", "sleeper", "--from", str(sleeper(town.folder)))
    run = town.start("run", "--human", "none", "--no-report")
    while not any(one["status"] == "running" for one in windows(town)):
        assert run.poll() is None
    run.send_signal(signal.SIGINT)
    said, errors = run.communicate(timeout=60)
    assert run.returncode == 0, said + errors
    (window,) = windows(town)
    assert window["status"] == "queued"
    assert town.json("dead-letters", "list")["items"] == []
    town.ok("run", "--cycles", "1", "--human", "none", "--no-report")
    (window,) = windows(town)
    assert window["status"] == "timed_out"
    assert window["attempt"] == 2


def sleeper(folder: Path) -> Path:
    """An agent that uses its window to the end."""
    home = folder / "agents" / "sleeper"
    home.mkdir(parents=True)
    (home / "main.py").write_text("import time\ntime.sleep(60)\n")
    return home


def test_an_interrupted_run_is_made_up_for(town: Town) -> None:
    run = town.start("run", "--cycles", "12", "--human", "none", "--no-report")
    until_cycle(run, 3)
    run.kill()
    run.communicate(timeout=60)
    said = town.ok("run", "--cycles", "2", "--human", "none", "--no-report")
    assert "outstanding" in said
    assert town.json("status")["cycle"] == 14


def test_killed_at_random_moments_it_resumes_each_time(tmp_path: Path) -> None:
    town = new_town(tmp_path)
    moments = random.Random(7)
    for _ in range(KILLS):
        run = town.start("run", "--cycles", "20", "--human", "none", "--no-report")
        time.sleep(moments.uniform(0.3, 4.0))
        run.kill()
        _, errors = run.communicate(timeout=60)
        assert "Traceback" not in errors
        if (town.folder / "economy.db").exists() and town("status").returncode == 0:
            assert town.json("audit")["ok"] is True
    said = town.ok("run", "--cycles", "1", "--human", "none", "--no-report")
    assert "audit: ok" in said
    # The audit's own word is not enough: what was charged, counted by hand.
    with sqlite3.connect(town.folder / "economy.db") as database:
        charged = database.execute(
            "SELECT debit, count(*) FROM transfers WHERE kind = 'payment' GROUP BY debit"
        ).fetchall()
        windows = database.execute("SELECT bid_id, count(*) FROM executions GROUP BY bid_id")
        open_windows = database.execute(
            "SELECT count(*) FROM executions WHERE status IN ('queued', 'leased', 'running')"
        ).fetchone()
        assert charged
        assert {count for _, count in charged} == {1}
        assert {count for _, count in windows} == {1}
        assert open_windows == (0,)
    left = [entry for entry in os.listdir(town.folder / "run") if entry.startswith("window")]
    assert left == []
