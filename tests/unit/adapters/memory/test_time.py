"""Simulated time: it may go back, identifiers never do."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from syntropism.adapters.memory.time import EPOCH, SeededIds, SimulatedClock


@given(st.lists(st.integers(-100_000, 100_000), min_size=1))
def test_later_identifiers_sort_after_earlier_ones_whatever_the_clock_does(jumps):
    clock = SimulatedClock()
    ids = SeededIds(1, clock)
    made = []
    for milliseconds in jumps:
        clock._now = EPOCH + timedelta(milliseconds=milliseconds)
        made += [ids.new(), *ids.many(2)]
    assert made == sorted(made) and len(set(made)) == len(made)
