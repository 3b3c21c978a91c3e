"""Runs the command line as a user does."""

import io
import json
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from syntropism.entrypoints.cli.main import main

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "syntropism"]
SECONDS_MAX = 120


def environment(**more: str) -> dict[str, str]:
    """Ours, without settings that somebody has in theirs."""
    kept = {name: value for name, value in os.environ.items() if "SYNTROPISM" not in name}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), **more}


class Town:
    """A project folder, and the commands that are run in it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = settings

    def __call__(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """One command, to its end."""
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=environment(**self.settings, **settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )

    def inside(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """One command inside this process: the same, without the time that a start takes."""
        out, err = io.StringIO(), io.StringIO()
        code: Any = 0
        with (
            chdir(self.folder),
            mock.patch.dict(os.environ, environment(**self.settings, **settings), clear=True),
            mock.patch("sys.stdin", io.StringIO()),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main(arguments)
            except SystemExit as end:
                code = end.code
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    def ok(self, *arguments: str, **settings: str) -> str:
        """What a command that must succeed wrote to standard output."""
        done = self.inside(*arguments, **settings)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """The JSON that a command answers, and nothing else."""
        return json.loads(self.ok(*arguments, "--json"))

    def start(self, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
        """A command that goes on."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=environment(**self.settings, **settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def refused(done: "subprocess.CompletedProcess[str]", code: int, *words: str) -> None:
    """One line that says what to do, and the documented exit code."""
    seen = f"{done.args}: {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode == code, seen
    assert done.stdout == "", seen
    lines = done.stderr.splitlines()
    assert len(lines) == 1, seen
    assert lines[0].startswith("error: "), seen
    for word in words:
        assert word in lines[0], seen
