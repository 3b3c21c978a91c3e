"""A project from nothing, with agents that are processes and speak HTTP."""

import json
from pathlib import Path

from tests.e2e.cli.driver import Town


def test_two_commands_from_nothing_to_an_audited_economy(tmp_path: Path) -> None:
    made = Town(tmp_path).ok("init", "town")
    assert "syntropism run" in made
    town = Town(tmp_path / "town")
    done = town("run", "--cycles", "5", "--human", "none", "--port", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    assert "audit: ok" in said
    assert "admin token" in said
    assert (tmp_path / "town" / "report.html").stat().st_size > 10_000
    assert str(tmp_path / "town" / "report.html") in said
    windows = town.json("executions", "list")["items"]
    assert len(windows) >= 4
    assert {window["status"] for window in windows} == {"completed"}
    assert all(window["cpu_seconds"] > 0 for window in windows)


def test_the_admin_token_is_shown_once_and_opens_the_api(town: Town) -> None:
    first = town.inside("run", "--cycles", "1", "--human", "none", "--no-report", "--json")
    assert first.stderr.count("admin token") == 1
    again = town.inside("run", "--cycles", "1", "--human", "none", "--no-report", "--json")
    assert "admin token" not in again.stdout + again.stderr
    assert town.json("status")["cycle"] == 2


def test_run_with_json_gives_one_object_per_cycle_and_a_last_one(town: Town) -> None:
    lines = town.ok("run", "--cycles", "4", "--human", "none", "--no-report", "--json")
    objects = [json.loads(line) for line in lines.splitlines()]
    assert [one["cycle"]["cycle"] for one in objects[:-1]] == [1, 2, 3, 4]
    assert objects[-1]["closed"] == 4
    assert objects[-1]["interrupted"] is False
    assert objects[-1]["audit"]["ok"] is True
    assert objects[-1]["summary"]["cycles"] == 4


def test_one_cycle_is_one_cycle(town: Town) -> None:
    town.ok("cycle")
    assert town.json("status")["cycle"] == 1
    assert json.loads(town.ok("cycle", "--json"))["cycle"]["cycle"] == 2


def test_the_agent_of_a_new_project_lives(town: Town) -> None:
    town.ok("agents", "create", "hello", "--from", "agents/hello", "--credits", "500")
    town.ok("run", "--cycles", "3", "--human", "none", "--no-report")
    windows = town.json("executions", "list", "--agent", "hello")["items"]
    assert len(windows) == 3
    assert {window["status"] for window in windows} == {"completed"}
    card = town.json("agents", "show", "hello", "--files")
    assert {"main.py", "state.json"} <= {entry["path"] for entry in card["files"]}
    planted = town.folder / "workspaces" / f"agent-{card['id']}" / "gone\x1b[2J\nname"
    planted.symlink_to("/etc/passwd")
    shown = town.ok("agents", "show", "hello", "--files")
    assert "\x1b" not in shown
    (told,) = [line for line in shown.splitlines() if "gone name" in line]
    assert told.rstrip().endswith("link")
    town.ok("agents", "kill", "hello")
    town.ok("run", "--cycles", "1", "--human", "none")
    dead = town.json("agents", "show", "hello", "--files")
    assert dead["archived"]
    assert "main.py" in {entry["path"] for entry in dead["files"]}


def test_creating_an_agent_founds_the_economy_once(town: Town) -> None:
    for name in ("ada", "bo"):
        town.ok("agents", "create", name, "--strategy", "survivor")
    names = {agent["name"] for agent in town.json("agents", "list")["items"]}
    assert names == {"genesis", "ada", "bo"}
    assert town.json("audit")["ok"] is True


def test_agents_can_live_inside_the_process(town: Town) -> None:
    town.ok("run", "--cycles", "3", "--human", "flat", "--sandbox", "inprocess", "--no-report")
    assert town.json("status")["cycle"] == 3


def test_a_demo_shows_births_deaths_and_rewards_and_its_folder_is_a_project(
    tmp_path: Path,
) -> None:
    here = Town(tmp_path)
    lines = here.ok("demo", "--cycles", "25", "--sandbox", "inprocess", "--json").splitlines()
    end = json.loads(lines[-1])
    assert len(lines) == 26
    assert end["audit"]["ok"] is True
    assert end["summary"]["births"] >= 1
    assert end["summary"]["deaths"] >= 1
    assert end["summary"]["minted_by_humans"] > 0
    assert any(price["first"] != price["last"] for price in end["summary"]["prices"])
    assert Path(end["report"]).stat().st_size > 10_000
    assert len(Town(tmp_path / "out" / "demo").json("agents", "list", "-n", "200")["items"]) >= 10


def test_a_demo_replaces_an_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    here = Town(tmp_path)
    for _ in range(2):
        end = json.loads(
            here.ok(
                "demo", "-c", "2", "--sandbox", "inprocess", "--agents", "1", "--json"
            ).splitlines()[-1]
        )
        assert end["summary"]["cycles"] == 2
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    done = here.inside("demo", "-c", "2", "--output", "mine")
    assert done.returncode == 2
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


BUSY = """
import time
from syntropism_sdk import connect

me = connect()
before = me.execution()
while time.process_time() < 0.6:
    sum(range(1000))
time.sleep(1.2)
after = me.execution()
print(before["cpu_seconds_left"], after["cpu_seconds_left"], after["memory_peak_mb"])
me.bid(me.bundle, amount=40)
"""


def test_an_agent_sees_what_is_left_of_its_window_while_it_lives(town: Town) -> None:
    folder = town.folder / "agents" / "busy"
    folder.mkdir()
    (folder / "main.py").write_text(BUSY)
    town.ok("agents", "create", "busy", "--from", "agents/busy", "--credits", "500")
    town.ok(
        "run",
        "--cycles",
        "1",
        "--human",
        "none",
        "--no-report",
        SYNTROPISM_POPULATION_GENESIS="none",
    )
    (window,) = town.json("executions", "list", "--agent", "busy")["items"]
    log = town.json("executions", "logs", window["id"])["log"]
    before, after, memory = map(float, log.split())
    assert before > 0.5
    assert before - after > 0
    assert 0.5 <= 1 - after <= window["cpu_seconds"] + 0.05
    assert memory > 1
