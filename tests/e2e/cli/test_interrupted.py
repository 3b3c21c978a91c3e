"""Ctrl-C, kill, and the same command again."""

import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import new_town
from tests.e2e.cli.driver import Town

KILLS = 3
"""Twenty-five of them are in tests/e2e/test_soak_kills.py."""


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
    closed = 0
    for _ in range(2):
        run = town.start("run", "--human", "none", "--no-report")
        until_cycle(run, closed + 1)
        run.send_signal(number)
        said, errors = run.communicate(timeout=60)
        assert run.returncode == 0, said + errors
        assert "audit: ok" in said
        assert "Traceback" not in errors
        closed = town.json("status")["cycle"]
    assert town.json("audit")["ok"] is True


def test_a_second_signal_leaves_at_once_and_nothing_is_lost(town: Town) -> None:
    town.ok("agents", "create", "sleeper", "--from", str(sleeper(town.folder)))
    run = town.start("run", "--human", "none", "--no-report")
    time.sleep(2.5)
    run.send_signal(signal.SIGINT)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode in (0, 130), errors
    assert "Traceback" not in errors
    town.ok("run", "--cycles", "2", "--human", "none", "--no-report")
    assert town.json("audit")["ok"] is True


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
