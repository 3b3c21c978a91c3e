"""Help and version: quick, complete, and without what only some commands need."""

import os
import subprocess
import sys

import pytest
from tests.e2e.cli.driver import COMMAND, ROOT, Town, environment

from syntropism.entrypoints.cli.commands import COMMANDS

SECONDS_MAX = 0.5
HEAVY = ("sqlalchemy", "fastapi", "uvicorn", "pydantic", "matplotlib", "duckdb", "httpx", "numpy")


def cpu_seconds(*arguments: str) -> float:
    """CPU, not wall: a busy machine must not fail us. The best of three."""
    best = float("inf")
    for _ in range(3):
        before = os.times()
        done = subprocess.run(
            [*COMMAND, *arguments], env=environment(), capture_output=True, check=False
        )
        after = os.times()
        assert done.returncode == 0
        spent = (after.children_user - before.children_user) + (
            after.children_system - before.children_system
        )
        best = min(best, spent)
    return best


@pytest.mark.parametrize("flag", ["--help", "--version", "-h"])
def test_help_and_version_are_quick(flag: str) -> None:
    assert cpu_seconds(flag) < SECONDS_MAX


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom syntropism.entrypoints.cli import main\n"
        "try:\n    main.main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"found = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print('heavy:', found, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "heavy: []" in done.stderr


def test_without_arguments_it_is_the_help() -> None:
    done = subprocess.run(COMMAND, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for name in COMMANDS:
        assert name in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_about_itself_what_the_list_says(name: str) -> None:
    done = Town(ROOT).inside(name, "--help", COLUMNS="200")
    assert done.returncode == 0, done.stderr
    assert COMMANDS[name][1] in done.stdout
