"""What a newcomer types first: make, on a machine that may lack something."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def python_that(folder: Path, script: str) -> Path:
    """A stand-in for an interpreter."""
    program = folder / "python-stand-in"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def install(folder: Path, python: Path | str) -> subprocess.CompletedProcess[str]:
    """The script that makes .venv, in an empty folder."""
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    return subprocess.run(
        [".ci/venv", "analysis"],
        cwd=folder,
        env=os.environ | {"PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("exit 1", "Python 3.11 or newer is needed"),
        ("echo 'pyenv: command not found' >&2; exit 127", "Python 3.11 or newer is needed"),
        (
            'case "$2" in *ensurepip*) exit 1;; *print*) echo p;; esac',
            "apt-get install python3-venv",
        ),
        ('case "$*" in *"-m venv"*) exit 1;; esac', "could not make .venv"),
    ],
)
def test_what_is_missing_is_one_line_that_says_what_to_install(
    tmp_path: Path, script: str, says: str
) -> None:
    answer = install(tmp_path, python_that(tmp_path, script))
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1
    assert answer.stderr.startswith("syntropism: ")
    assert says in answer.stderr


def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    answer = install(tmp_path, "/nowhere/python3")
    assert answer.returncode == 1
    assert "/nowhere/python3" in answer.stderr


def test_make_alone_lists_what_can_be_made() -> None:
    answer = subprocess.run(
        ["make"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    for target in ("demo", "test", "lint", "bench", "docs", "soak", "clean"):
        assert f"make {target} " in answer.stdout


def test_the_doctor_leaves_an_empty_folder_empty(tmp_path: Path) -> None:
    command = "from syntropism.entrypoints.cli.main import main; main(['doctor'])"
    answer = subprocess.run(
        [sys.executable, "-c", command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "SYNTROPISM_API_PORT": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert list(tmp_path.iterdir()) == []
