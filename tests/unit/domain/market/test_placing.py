"""First fit: whole windows, at one worker each, and never more than it has room for."""

from hypothesis import given
from hypothesis import strategies as st

from syntropism.domain.market.placing import Place, first_fit

RATES = st.tuples(st.integers(1, 50), st.integers(1, 50), st.just(7), st.just(1000))
PLACES = st.lists(
    st.builds(
        Place,
        st.sampled_from("abcde"),
        st.integers(0, 100),
        st.integers(0, 100),
        st.integers(0, 4),
    ),
    max_size=5,
    unique_by=lambda one: one.worker_id,
)


def test_the_first_that_has_room_gets_it_in_order_of_id():
    places = [Place("b", 100, 100, 9), Place("a", 30, 100, 9)]
    found = first_fit([("x", (30, 1)), ("y", (1, 1)), ("z", (101, 1))], places)
    assert found.places == {"x": "a", "y": "b"}
    assert found.homeless == ("z",)
    assert places == [Place("b", 100, 100, 9), Place("a", 30, 100, 9)], "left as they were"


def test_memory_and_slots_count_too():
    wants = [("x", (1, 60)), ("y", (1, 60)), ("z", (1, 1)), ("w", (1, 1))]
    found = first_fit(wants, [Place("a", 100, 100, 2)])
    assert found.places == {"x": "a", "z": "a"}
    assert found.homeless == ("y", "w")


@given(wants=st.lists(RATES, max_size=12), places=PLACES)
def test_nobody_gets_more_than_there_is_and_nobody_is_split(wants, places):
    named = [(str(number), rates) for number, rates in enumerate(wants)]
    found = first_fit(named, places)
    assert set(found.places) | set(found.homeless) == {name for name, _ in named}
    assert not set(found.places) & set(found.homeless)
    for place in places:
        mine = [rates for name, rates in named if found.places.get(name) == place.worker_id]
        assert sum(rates[0] for rates in mine) <= place.cpu_milli
        assert sum(rates[1] for rates in mine) <= place.memory_milli_mb
        assert len(mine) <= place.slots


@given(wants=st.lists(RATES, max_size=12), places=PLACES)
def test_who_is_homeless_would_fit_nowhere_even_in_the_end(wants, places):
    named = [(str(number), rates) for number, rates in enumerate(wants)]
    found = first_fit(named, places)
    left = [Place(one.worker_id, one.cpu_milli, one.memory_milli_mb, one.slots) for one in places]
    by_id = {one.worker_id: one for one in left}
    for name, rates in named:
        if name in found.places:
            assert by_id[found.places[name]].take(rates)
    for name, rates in named:
        if name in found.homeless:
            assert not any(one.take(rates) for one in left)
