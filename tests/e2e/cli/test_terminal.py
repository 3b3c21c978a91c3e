"""A person at a terminal: prompts appear, are scored, credits arrive, Ctrl-C ends cleanly."""

import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from pathlib import Path

import pytest
from tests.e2e.cli.driver import COMMAND, Town, environment

QUICK = {
    "SYNTROPISM_CYCLE_SECONDS": "2",
    "SYNTROPISM_POPULATION_GENESIS": "none",
    "SYNTROPISM_API_PORT": "0",
}

POET = """
from syntropism_sdk import Bundle, run

SHOW = Bundle(cpu_seconds=0.5, memory_mb=64, duration_seconds=2, attention_share=1)
THINK = SHOW._replace(attention_share=0)


def live(me):
    for _ in range(me.attention):
        me.ask("An ode\\x1b]0;owned\\x07 to [bold]terminals[/bold]")
    me.bid(SHOW, amount=60, fallback=(THINK, 30))


if __name__ == "__main__":
    run(live)
"""


class Person:
    """Somebody with a terminal of their own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._terminal, inner = pty.openpty()
        termios.tcsetwinsize(inner, (40, 100))

        def own_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env=environment(TERM="xterm", **QUICK),
            stdin=inner,
            stdout=inner,
            stderr=inner,
            preexec_fn=own_terminal,
        )
        os.close(inner)
        self.seen = ""

    def types(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def sees(self, text: str, seconds: float = 40.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < deadline, f"never saw {text!r} in:\n{self.seen}"
            self._look()

    def leaves(self) -> int:
        deadline = time.monotonic() + 60
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.seen
            self._look()
        self._look()
        os.close(self._terminal)
        return self.process.returncode

    def _look(self) -> None:
        if select.select([self._terminal], [], [], 0.2)[0]:
            try:
                self.seen += os.read(self._terminal, 65536).decode("utf-8", "replace")
            except OSError:  # the other side is gone
                time.sleep(0.05)


@pytest.fixture
def stage(town: Town) -> Path:
    home = town.folder / "agents" / "poet"
    home.mkdir(parents=True)
    (home / "main.py").write_text(POET)
    Town(town.folder, **QUICK).ok(
        "agents", "create", "poet", "--from", "agents/poet", "--credits", "500"
    )
    return town.folder


def test_a_person_scores_during_a_run_and_ends_it_with_ctrl_c(stage: Path) -> None:
    person = Person(stage, "run", "--no-report")
    person.sees("An ode")
    person.types("8 9")
    person.types(" 8\x7f7\n")  # a typing error, mended
    person.sees("poet earns 1,200 credits")
    person.types("8 9 11\n?\n")
    person.sees("skip it for good")
    person.types("\x03")
    assert person.leaves() == 0, person.seen
    assert "audit: ok" in person.seen
    assert "Traceback" not in person.seen
    assert "\x1b]0;owned" not in person.seen
    assert "[bold]terminals[/bold]" in person.seen
    found = Town(stage, **QUICK)
    kinds = [one["kind"] for one in found.json("ledger", "show", "-n", "200")["items"]]
    assert kinds.count("reward") == 1


def test_a_person_can_quit_by_typing(stage: Path) -> None:
    person = Person(stage, "run", "--no-report")
    person.sees("An ode")
    person.types("s\n")
    person.sees("skipped")
    person.types("q\n")
    assert person.leaves() == 0, person.seen
    assert "audit: ok" in person.seen


def test_one_can_score_in_another_terminal_while_it_runs(stage: Path) -> None:
    found = Town(stage, **QUICK)
    run = found.start("run", "--human", "none", "--no-report")
    try:
        person = Person(stage, "score")
        person.sees("An ode")
        person.types("5 5 5\n")
        person.sees("poet earns 750 credits")
        person.types("\x04")
        assert person.leaves() == 0, person.seen
    finally:
        run.terminate()
        run.communicate(timeout=60)
    assert found.json("audit")["ok"] is True


def test_a_persona_can_score_from_outside(stage: Path) -> None:
    found = Town(stage, **QUICK)
    found.ok("run", "--cycles", "2", "--human", "none", "--no-report")
    answer = found.json("score", "--policy", "flat")
    assert [one["scores"]["useful"] for one in answer["items"]] == [5]
    assert answer["waiting"] == 0
