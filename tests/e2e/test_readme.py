"""The examples in the pages for users run as they are printed."""

import json
import os
import re
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

from syntropism.entrypoints.cli import exits

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "example.py").write_text(code, "utf-8")
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    # Under CI Hypothesis repeats itself and has no deadline: a busy machine breaks no example.
    return subprocess.run(
        [sys.executable, "-W", "error", "example.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "CI": "true"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def examples(page: str) -> list[str]:
    return FENCE.findall((ROOT / page).read_text("utf-8"))


def test_the_example_of_the_readme_runs_as_printed(tmp_path: Path) -> None:
    (example,) = examples("README.md")
    answer = run(example, tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""


def test_the_agent_of_the_readme_lives_until_its_credits_are_spent(tmp_path: Path) -> None:
    (example,) = examples("README.md")
    answer = run(f"{example}\nprint(len(report.executions), ada.status)", tmp_path)
    assert answer.returncode == 0, answer.stderr
    windows, status = answer.stdout.split()
    assert int(windows) > 20
    assert status == "dead"


@pytest.mark.parametrize("page", ["docs/guides/as-a-library.md", "docs/guides/property-testing.md"])
def test_the_examples_of_a_guide_run_one_after_another(page: str, tmp_path: Path) -> None:
    blocks = examples(page)
    assert blocks
    answer = run("\n".join(blocks), tmp_path)
    assert answer.returncode == 0, answer.stderr


COMMAND = re.compile(r"(?:^|`|&& )syntropism ((?:[^\n`#&]|\\`)+)", re.MULTILINE)
PAGES = [
    "README.md",
    "docs/guides/running-an-economy.md",
    "docs/guides/configuration.md",
    "docs/guides/writing-agents.md",
]
HELP = """
import json, sys
from contextlib import redirect_stdout
from io import StringIO
from syntropism.entrypoints.cli.main import main

def said(path):
    out = StringIO()
    with redirect_stdout(out):
        try:
            main([*path, "--help"])
        except SystemExit as end:
            return end.code, out.getvalue()

print(json.dumps([said(path) for path in json.loads(sys.argv[1])]))
"""


def parts(command: str) -> tuple[tuple[str, ...], set[str]]:
    """The words that name a command, and the options that are given to it."""
    words = command.split()
    options = {word for word in words if word.startswith("-")}
    path = tuple(takewhile(lambda word: re.fullmatch(r"[a-z][a-z-]+", word), words))
    groups = {"agents", "market", "ledger", "executions", "dead-letters", "db", "config", "token"}
    return path[: 2 if path[0] in groups else 1], options


def test_every_command_in_the_pages_exists_with_its_options() -> None:
    commands = [
        parts(found)
        for page in PAGES
        for found in COMMAND.findall((ROOT / page).read_text("utf-8"))
    ]
    assert len(commands) > 20
    answer = subprocess.run(
        [sys.executable, "-c", HELP, json.dumps([path for path, _ in commands])],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    for (path, options), (code, text) in zip(commands, json.loads(answer.stdout), strict=True):
        assert code == 0, (path, text)
        for option in options:
            assert option in text, (path, option)


def test_every_exit_code_is_documented() -> None:
    page = (ROOT / "docs/guides/running-an-economy.md").read_text("utf-8")
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    codes = {value for name, value in vars(exits).items() if name.isupper() and name != "LINE_MAX"}
    assert documented == {code for code in codes if isinstance(code, int)}


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "adr"
    listed = (folder / "README.md").read_text("utf-8")
    pages = [page.name for page in folder.glob("0*.md")]
    assert pages
    for page in pages:
        assert f"({page})" in listed


def test_the_pages_are_up_to_date_and_their_links_lead_somewhere() -> None:
    answer = subprocess.run(
        [sys.executable, "tools/docs.py", "--check"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
