"""What every provider that can be debugged in must do. Inherit ``DebuggingContract``."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from tests.contracts.sandbox.dap import DapClient
from tests.contracts.sandbox.rig import Rig

from syntropism.adapters.relay import BRIDGE, LoopbackDebugRelay
from syntropism.application.ports.debugging import LASTS_MS, Debugging
from syntropism.application.ports.sandbox import Termination, WindowOutcome

AGENT = """
import os, time

def work(number):
    twice = number * 2
    return twice

print(work(21), flush=True)
end = time.process_time() + 1.5
while time.process_time() < end:
    pass
print("done")
"""
LINE = 6


class DebuggingContract:
    """Inherited by the tests of each provider."""

    @pytest.fixture
    def rig(self) -> Rig:
        raise NotImplementedError

    @pytest.fixture
    def debugging(self) -> Iterator[Debugging]:
        relay = LoopbackDebugRelay(0)
        relay.start()
        yield Debugging(relay=relay, bridge=BRIDGE, wait=True)
        relay.close()

    def test_an_editor_attaches_stops_looks_and_goes_on(
        self, rig: Rig, debugging: Debugging, tmp_path: Path
    ) -> None:
        """Its bundle buys half a second, and a second of CPU: both are lifted."""
        assert rig.sandbox.undebuggable() == ""
        local = tmp_path / "editor"
        with (
            _window(rig, debugging, AGENT) as outcomes,
            DapClient(debugging.relay.address) as editor,
        ):
            editor.attach(local, {"main.py": LINE})
            thread, path, line = editor.stopped()
            assert (path, line) == (str(local / "main.py"), LINE)
            assert editor.evaluate(thread, "twice + number") == "63"
            time.sleep(1.0)
            editor.go_on(thread)
            editor.event("terminated")
        (outcome,) = outcomes
        assert outcome.termination is Termination.COMPLETED, outcome
        assert outcome.log.split() == ["42", "done"]
        assert outcome.cpu_ms > 1_500

    def test_without_waiting_it_runs_at_once(self, rig: Rig, debugging: Debugging) -> None:
        outcome = rig.run("print('alone')", debug=evolve(debugging, wait=False))
        assert (outcome.termination, outcome.log) == (Termination.COMPLETED, "alone\n")

    def test_an_editor_that_comes_early_is_let_in_when_a_window_opens(
        self, rig: Rig, debugging: Debugging, tmp_path: Path
    ) -> None:
        with DapClient(debugging.relay.address) as editor:
            early = editor.send("initialize", adapterID="debugpy", pathFormat="path")
            time.sleep(0.5)
            with _window(rig, debugging, "print('here')") as outcomes:
                editor.answer(early)
                attaching = editor.send("attach", justMyCode=True)
                editor.event("initialized")
                editor.ask("configurationDone")
                editor.answer(attaching)
        assert outcomes[0].log == "here\n"

    def test_a_deadline_that_is_given_still_ends_it(self, rig: Rig, debugging: Debugging) -> None:
        outcome = rig.run("print('never')", debug=debugging, seconds=2)
        assert (outcome.termination, outcome.log) == (Termination.TIMED_OUT, "")

    def test_others_are_not_debugged_meanwhile(self, rig: Rig, debugging: Debugging) -> None:
        """The relay leads nowhere, and budgets hold."""
        outcome = rig.run("while True: pass", cpu=0.5)
        assert outcome.termination is Termination.CPU_EXHAUSTED
        outcome = rig.run("import time; time.sleep(60)", seconds=1)
        assert outcome.termination is Termination.TIMED_OUT


class _window:  # noqa: N801 - reads as what it is
    """A debugged window that runs in a thread while the context lasts."""

    def __init__(self, rig: Rig, debugging: Debugging, source: str) -> None:
        self._outcomes: list[WindowOutcome] = []
        self._given_up = threading.Event()

        def run() -> None:
            outcome = rig.run(
                source,
                debug=debugging,
                cpu=1,
                seconds=0.5,
                duration_ms=LASTS_MS,
                cancelled=self._given_up.is_set,
            )
            self._outcomes.append(outcome)

        self._thread = threading.Thread(target=run)

    def __enter__(self) -> list[WindowOutcome]:
        self._thread.start()
        return self._outcomes

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._given_up.set()
        self._thread.join(30)
        ended = not self._thread.is_alive()
        self._given_up.set()
        self._thread.join(30)
        assert ended
