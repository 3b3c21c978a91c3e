"""What our own log says on standard error."""

import logging

from syntropism.entrypoints.cli.office import AGAIN_SECONDS, NotAgain, OneLine


def record(message: str, at: float) -> logging.LogRecord:
    made = logging.LogRecord("syntropism", logging.WARNING, "", 0, message, None, None)
    made.created = at
    return made


def test_a_trouble_that_every_window_meets_is_one_line_a_minute() -> None:
    said = NotAgain()
    assert said.filter(record("no daemon", 0.0))
    assert not said.filter(record("no daemon", AGAIN_SECONDS - 1))
    assert said.filter(record("no image", AGAIN_SECONDS - 1))
    assert said.filter(record("no daemon", AGAIN_SECONDS))


def test_lines_are_lines() -> None:
    assert OneLine(traces=False).format(record("two\nlines", 0.0)) == "warning: two lines"
