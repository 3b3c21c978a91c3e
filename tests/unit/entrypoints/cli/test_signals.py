"""Signals end a command, wherever its main thread happens to be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
BUSY = """
import os, signal, sys, time
from threading import Event
from syntropism.entrypoints.cli.signals import interrupts

class Held(Event):
    '''An event that is asked something at the very moment when a signal comes.'''

    def __init__(self, signals):
        super().__init__()
        self.signals = signals

    def is_set(self):
        with self._cond:
            while self.signals:
                self.signals -= 1
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.1)
        return super().is_set()

stop = Held(int(sys.argv[1]))
with interrupts(stop):
    while not stop.is_set():
        time.sleep(0.01)
    time.sleep(float(sys.argv[2]))
print("ended cleanly")
"""


def busy(signals: int, then: float = 0.0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BUSY, str(signals), str(then)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_one_signal_ends_cleanly_even_while_the_event_is_held() -> None:
    answer = busy(1)
    assert (answer.returncode, answer.stdout) == (0, "ended cleanly\n"), answer.stderr


def test_a_second_signal_leaves_at_once() -> None:
    answer = busy(2, then=20)
    assert answer.returncode == 130
    assert answer.stdout == ""
    assert answer.stderr == "error: interrupted twice; the same command resumes\n"


@pytest.mark.parametrize("kind", ["SIGTERM", "SIGHUP"])
def test_other_ends_are_taken_as_well(kind: str) -> None:
    code = BUSY.replace("SIGINT", kind)
    answer = subprocess.run(
        [sys.executable, "-c", code, "1", "0"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert answer.stdout == "ended cleanly\n", answer.stderr
