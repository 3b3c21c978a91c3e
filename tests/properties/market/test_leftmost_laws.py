from hypothesis import given
from hypothesis import strategies as st

from syntropism.domain.market.leftmost import LeftmostWithin
from syntropism.domain.market.resources import fits


@given(
    vectors=st.lists(st.tuples(*[st.integers(0, 6)] * 3), max_size=40),
    start=st.integers(0, 41),
    limits=st.tuples(*[st.integers(0, 6)] * 3),
)
def test_the_tree_finds_what_a_scan_finds(vectors, start, limits):
    scanned = next((i for i in range(start, len(vectors)) if fits(vectors[i], limits)), None)
    assert LeftmostWithin(vectors).search(start, limits) == scanned
