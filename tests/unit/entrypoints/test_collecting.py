"""Garbage is looked for seldom, but looked for."""

import gc

import pytest

from syntropism.entrypoints.collecting import collect_seldom


@pytest.fixture(autouse=True)
def as_before():
    """The thresholds of the tests are left as they were."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


class Circle:
    """Garbage that reference counting does not free."""

    living = 0

    def __init__(self) -> None:
        self.me = self
        Circle.living += 1

    def __del__(self) -> None:
        Circle.living -= 1


def test_a_hundred_thousand_records_are_made_without_a_look():
    collect_seldom()
    gc.collect()
    before = gc.get_stats()[0]["collections"]
    records = [[number] for number in range(90_000)]
    assert gc.get_stats()[0]["collections"] == before
    assert len(records) == 90_000


def test_garbage_that_refers_to_itself_does_not_pile_up():
    collect_seldom()
    for _ in range(500_000):
        Circle()
    assert Circle.living < 250_000
