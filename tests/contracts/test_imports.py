"""Who may import whom: the contracts hold, and each one can fail."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# contract -> (module of ours, an import that it forbids)
PLANTS = {
    "layers": [
        ("domain/credits.py", "import syntropism.application"),
        ("application/cycle.py", "import syntropism.adapters"),
        ("adapters/memory/store.py", "import syntropism.entrypoints"),
        ("nowhere/__init__.py", ""),
    ],
    "adapters": [("adapters/human/scripted.py", "from syntropism.adapters.memory import store")],
    "container": [("entrypoints/library.py", "from syntropism.adapters.memory import store")],
    "inside": [("application/worker.py", "from syntropism.agent_sdk import syntropism_sdk")],
    "strategies": [("strategies/loading.py", "from syntropism.domain import credits")],
    "domain-libraries": [("domain/credits.py", "import pydantic")],
    "application-libraries": [("application/worker.py", "import a_library_of_tomorrow")],
    "sdk-libraries": [("agent_sdk/syntropism_sdk.py", "import attrs")],
    "strategies-libraries": [("strategies/loading.py", "import httpx")],
    "sqlalchemy": [("adapters/memory/store.py", "import sqlalchemy.orm")],
    "fastapi": [("adapters/inprocess/door.py", "from starlette import status")],
    "httpx": [("adapters/rest/app.py", "import httpx")],
    "docker": [("adapters/process/sandbox.py", "import docker")],
    "nats": [("adapters/memory/publishing.py", "import nats")],
    "wiring": [("entrypoints/library.py", "import dependency_injector.providers")],
    "pydantic": [("adapters/memory/store.py", "from pydantic import BaseModel")],
    "hypothesis": [("domain/credits.py", "import hypothesis")],
    "terminal": [("adapters/human/terminal.py", "import typer")],
    "analysis": [("domain/market/clearing.py", "import matplotlib")],
    "columns": [
        ("domain/market/clearing.py", "import numpy"),
        ("adapters/instances/orlib.py", "import highspy"),
    ],
    "tokens": [("adapters/memory/store.py", "import jwt")],
}


def lint(root: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    chosen = [part for contract in contracts for part in ("--contract", contract)]
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo", *chosen],
        cwd=root,
        env=os.environ | {"PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "syntropism", tmp_path / "src" / "syntropism", ignore=ignore)
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=ignore)
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_every_contract_is_kept() -> None:
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "0 broken" in answer.stdout


def test_every_contract_has_an_import_that_must_break_it() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    contracts = {
        section.removeprefix("importlinter:contract:")
        for section in config.sections()
        if section.startswith("importlinter:contract:")
    }
    assert contracts == set(PLANTS)


@pytest.mark.parametrize(
    ("contract", "module", "statement"),
    [(contract, *plant) for contract, plants in PLANTS.items() for plant in plants],
)
def test_a_forbidden_import_breaks_its_contract(
    copy: Path, contract: str, module: str, statement: str
) -> None:
    file = copy / "src" / "syntropism" / module
    file.parent.mkdir(parents=True, exist_ok=True)
    for folder in (file.parent, *file.parent.parents):
        if folder == copy / "src":
            break
        (folder / "__init__.py").touch()
    source = file.read_text() if file.exists() else ""
    file.write_text(f"{source}\n{statement}\n")
    answer = lint(copy, contract)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "BROKEN" in answer.stdout or "not listed" in answer.stdout, answer.stdout
