"""Whatever a Python agent does, the economy that lives beside it goes on."""

import sys

import pytest

from syntropism import Economy


def outcome_of(economy):
    (window,) = economy.report().executions
    return window["status"]


@pytest.mark.parametrize(
    "source",
    [
        b"def live(me:\n",
        b"x = 1\n",
        b"raise RuntimeError('no')\n",
        b"import sys\nsys.exit(3)\n",
        b"def live(me):\n    raise SystemExit('no')\n",
    ],
    ids=["does not parse", "defines no live", "fails on import", "exits", "exits when live"],
)
def test_a_broken_program_fails_its_window_and_nothing_else(source):
    economy = Economy.in_memory()
    economy.create_agent("ada", 500, files={"main.py": source})
    economy.run(1)
    assert outcome_of(economy) == "failed"
    assert economy.audit().ok


def test_a_program_that_exits_with_zero_has_completed():
    economy = Economy.in_memory()
    economy.create_agent("ada", 500, behaviour=lambda _me: sys.exit(0))
    economy.run(1)
    assert outcome_of(economy) == "completed"


def test_an_interrupt_of_the_process_is_not_the_failure_of_an_agent():
    def interrupted(_me):
        raise KeyboardInterrupt

    economy = Economy.in_memory()
    economy.create_agent("ada", 500, behaviour=interrupted)
    with pytest.raises(KeyboardInterrupt):
        economy.run(1)
