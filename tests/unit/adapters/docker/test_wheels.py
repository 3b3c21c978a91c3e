"""The wheels of a debugger: asked for once, and kept."""

import subprocess
from pathlib import Path

import pytest

from syntropism.adapters.docker import wheels
from syntropism.application.ports.sandbox import ProviderFailed


class Pip:
    """Stands in for the command; makes ``made`` where it is told to."""

    def __init__(self, made: tuple[str, ...], code: int = 0) -> None:
        self.asked: list[list[str]] = []
        self._made = made
        self._code = code

    def __call__(self, command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        self.asked.append(command)
        folder = Path(command[command.index("--dest") + 1])
        for name in self._made:
            (folder / name).write_bytes(b"wheel")
        return subprocess.CompletedProcess(command, self._code, "", "ERROR: No network\n")


BOTH = ("debugpy-1.8.22-py2.py3-none-any.whl", "pip-26.3-py3-none-any.whl")


def test_pip_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = Pip(BOTH)
    monkeypatch.setattr(wheels.subprocess, "run", pip)
    told: list[str] = []
    for _ in range(2):
        folder = wheels.debugger_wheels(tmp_path / "cache", told.append)
        assert sorted(one.name for one in folder.iterdir()) == sorted(BOTH)
    assert len(pip.asked) == len(told) == 1
    assert "--only-binary=:all:" in pip.asked[0]


def test_where_there_is_none_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels.subprocess, "run", Pip((), code=1))
    with pytest.raises(ProviderFailed, match=r"No network.*--wheelhouse"):
        wheels.debugger_wheels(tmp_path / "cache", lambda _: None)
    assert not list((tmp_path / "cache").iterdir())
