"""Everything that can be wrong is one line that says what to do, with its exit code."""

import resource
import socket
import sqlite3
import subprocess
from pathlib import Path

import pytest
from tests.e2e.cli.driver import COMMAND, Town, environment, refused

RUN = ("run", "--cycles", "1", "--human", "none", "--no-report")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rnu",), ["rnu"]),
        (("run", "--cycels", "3"), ["--cycels"]),
        (("run", "--cycles", "0"), ["--cycles"]),
        (("run", "--cycles", "many"), ["--cycles"]),
        (("run",), ["--human none"]),
        (("run", "--human", "none", "--port", "99999"), ["api.port", "65535"]),
        (("run", "--human", "nobody"), ["nobody", "sensitive"]),
        (("run", "--human", "none", "--sandbox", "jail"), ["execution.sandbox", "process"]),
        (("score",), ["--policy"]),
        (("score", "--policy", "nobody"), ["nobody"]),
        (("status", "--project", "nowhere"), ["nowhere"]),
        (("agents", "create", "x"), ["--strategy", "--from"]),
        (("agents", "create", "x", "--strategy", "banker"), ["banker", "survivor"]),
        (("agents", "create", "x", "--from", "nowhere"), ["nowhere"]),
        (("token", "issue", "x"), ["--role"]),
    ],
)
def test_what_cannot_be_understood_is_refused_with_two(
    town: Town, arguments: tuple[str, ...], words: list[str]
) -> None:
    if arguments[0] == "score" and "--policy" in arguments:
        town.ok("cycle")
    refused(town.inside(*arguments), 2, *words)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SYNTROPISM_CYCLE_SECOND", "3", ["SYNTROPISM_CYCLE_SECONDS"]),
        ("SYNTROPISM_CYCLE_SECONDS", "soon", ["cycle.seconds", "soon"]),
        ("SYNTROPISM_ECONOMY_SPAWN_FEE", "-1", ["economy.spawn_fee"]),
        ("SYNTROPISM_ECONOMY_SPAWN_FEE", "NaN", ["economy.spawn_fee"]),
        ("SYNTROPISM_PROFILE", "night", ["night"]),
        ("SYNTROPISM_STORAGE_DATABASE_URL", "postgres", ["storage.database_url"]),
    ],
)
def test_a_bad_setting_is_refused_with_two(
    town: Town, name: str, value: str, words: list[str]
) -> None:
    refused(town.inside(*RUN, **{name: value}), 2, *words)


def test_no_economy_begins_where_no_container_can(town: Town, tmp_path: Path) -> None:
    nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/nowhere.sock"}
    refused(town.inside(*RUN, "--sandbox", "docker", **nowhere), 3, "Docker daemon running")
    assert town.json("cycle")["cycle"]["cycle"] == 1, "nothing was lost by trying"


def test_a_typo_in_the_settings_file_names_what_was_meant(town: Town) -> None:
    (town.folder / "syntropism.toml").write_text("[cycle]\nsecnds = 3\n")
    refused(town.inside(*RUN), 2, "syntropism.toml", "cycle.seconds")
    (town.folder / "syntropism.toml").write_text("[cycle\n")
    refused(town.inside(*RUN), 2, "TOML")


def test_a_folder_without_a_project_is_refused_with_two(tmp_path: Path) -> None:
    for command in ("run", "status", "audit", "score", "report"):
        arguments = ("--policy", "flat") if command == "score" else ()
        refused(Town(tmp_path).inside(command, *arguments), 2, "syntropism init")


def test_a_project_is_not_made_where_something_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    refused(Town(tmp_path).inside("init"), 2, "empty")
    refused(Town(tmp_path).inside("init", "thesis.txt"), 2, "thesis.txt")
    Town(tmp_path).ok("init", "town")
    refused(Town(tmp_path).inside("init", "town"), 2, "a project already")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["thesis.txt", "town"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("audit",),
        ("agents", "list"),
        ("market", "show"),
        ("ledger", "show"),
        ("executions", "list"),
        ("dead-letters", "list"),
        ("report",),
        ("export",),
        ("token", "issue", "bo", "--role", "viewer"),
        ("score", "--policy", "flat"),
    ],
)
def test_without_an_economy_there_is_nothing_to_see(town: Town, arguments: tuple[str, ...]) -> None:
    refused(town.inside(*arguments), 1, "syntropism run")
    assert not (town.folder / "economy.db").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("agents", "show", "nobody"), ["nobody"]),
        (("agents", "kill", "nobody"), ["nobody"]),
        (("agents", "show", "genesis", "--file", "../../signing-key.pem"), ["stay in"]),
        (("agents", "show", "genesis", "--file", "no.py"), ["no such file"]),
        (("agents", "create", "x", "--strategy", "poet", "--credits", "-5"), ["negative"]),
        (("agents", "create", "x", "--strategy", "poet", "--credits", "NaN"), ["credits"]),
        (("agents", "create", "x", "--strategy", "poet", "--credits", "0.0000001"), ["decimal"]),
        (("agents", "create", "x", "--strategy", "poet", "--credits", "3"), ["first bid"]),
        (("agents", "create", "a\x1b[31mb", "--strategy", "poet"), ["name"]),
        (("agents", "list", "--cursor", "é"), ["cursor"]),
        (("ledger", "show", "--account", "nobody"), ["nobody"]),
        (("executions", "show", "x"), ["x"]),
        (("executions", "logs", "x"), ["x"]),
        (("dead-letters", "retry", "x"), ["x"]),
        (("token", "issue", "bo", "--role", "king"), ["viewer"]),
        (("export", "--format", "xml"), ["csv"]),
    ],
)
def test_what_the_economy_refuses_is_one(
    lived: Town, arguments: tuple[str, ...], words: list[str]
) -> None:
    before = lived.json("status")
    refused(lived.inside(*arguments), 1, *words)
    assert lived.json("status") == before


def test_a_busy_port_is_an_environment_that_does_not_work(town: Town) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        refused(town.inside(*RUN, "--port", port), 3, port, "in use")
    town.ok(*RUN)


def test_two_runs_of_one_economy_exclude_each_other(town: Town) -> None:
    town.ok(*RUN)
    run = town.start("run", "--human", "none", "--no-report")
    try:
        assert run.stdout is not None
        next(line for line in run.stdout if line.startswith("cycle"))
        refused(town.inside(*RUN), 3, "another process", "stop it")
        assert town.json("status")["cycle"] >= 1  # to look is always possible
    finally:
        run.terminate()
        run.communicate(timeout=60)


def test_a_damaged_database_is_said_to_be_damaged(town: Town) -> None:
    (town.folder / "economy.db").write_bytes(b"this is no database, whatever its name says" * 99)
    for command in (RUN, ("status",), ("audit",), ("db", "upgrade"), ("db", "current")):
        refused(town.inside(*command), 3, "economy.db", "damaged")


def test_somebody_elses_database_is_left_alone(town: Town) -> None:
    with sqlite3.connect(town.folder / "economy.db") as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    refused(town.inside(*RUN), 3, "not a database of ours")


def test_a_database_that_cannot_be_made_is_told_by_its_path(town: Town) -> None:
    refused(town.inside(*RUN, "--db", "sqlite:////nowhere/at/all.db"), 3, "/nowhere/at/all.db")


def test_a_full_disk_is_one_line(town: Town) -> None:
    def nearly_full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = subprocess.run(
        [*COMMAND, *RUN],
        cwd=town.folder,
        env=environment(SYNTROPISM_API_PORT="0"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=nearly_full,
        check=False,
    )
    refused(done, 3, "economy.db")
    town.ok(*RUN)


def test_an_audit_that_finds_something_is_four(town: Town) -> None:
    town.ok(*RUN)
    with sqlite3.connect(town.folder / "economy.db") as database:
        database.execute("UPDATE accounts SET balance = balance + 1 WHERE id = 'treasury'")
    done = town.inside("audit")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "law" in done.stdout
    assert town.inside("audit", "--json").returncode == 4
    assert town.inside("run", "--cycles", "1", "--human", "none", "--no-report").returncode == 4
