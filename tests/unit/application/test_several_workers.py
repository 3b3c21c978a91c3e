"""A market over several workers: who wins has a worker, and one worker changes nothing."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syntropism.adapters.memory.queue import MemoryQueue
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.application.commands import windows, working
from syntropism.application.commands.leading import take_lead
from syntropism.application.cycle import AllocationCycle
from syntropism.application.placing import clear_and_place, live_capacity, room_left
from syntropism.domain.credits import MICRO
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.execution.workers import DeclaredWorker
from syntropism.domain.market.auction import AuctionBid, clear_round
from syntropism.domain.market.book import Book
from syntropism.domain.market.losses import LossReason
from syntropism.domain.market.offers import make_offer
from syntropism.domain.market.placing import Place
from syntropism.domain.market.resources import Bundle, Capacity
from syntropism.testing import check_laws

RULES = EconomicParameters(capacity=Capacity(4, 4096, 1000, 2))
PRICES = tuple(2 * price for price in RULES.min_prices)
PLENTY = (100_000, 100_000_000, 1_000_000, 2_000)


def bid(name: str, cores: str, amount: int = 500, fallback: str = "", sequence: int = 0):
    def offer(cores: str, amount: int):
        bundle = Bundle(float(cores) * 10, 64, 10)
        return make_offer(bundle, amount * MICRO, RULES)

    second = offer(fallback, amount) if fallback else None
    return AuctionBid(name, offer(cores, amount), second, 0, sequence)


def cleared(bids, places, free=None):
    total = free or (sum(one.cpu_milli for one in places), *PLENTY[1:])
    book = Book.of((f"agent-{one.id}", one) for one in bids)
    return clear_and_place(book, places, lambda some: clear_round(some, total, PRICES, RULES))


def place(name: str, cores: float, slots: int = 99) -> Place:
    return Place(name, int(cores * 1000), 100_000_000, slots)


def test_a_bid_that_fits_only_the_sum_of_workers_loses_and_makes_way():
    bids = [bid("wide", "1.5", 900, sequence=1), bid("slim", "0.9", 100, sequence=2)]
    result, homes = cleared(bids, [place("a", 1), place("b", 1)])
    assert [win.bid_id for win in result.wins] == ["slim"]
    assert homes == {"slim": "a"}
    (loss,) = result.losses
    assert (loss.bid_id, loss.reason) == ("wide", LossReason.DOES_NOT_FIT_CAPACITY)
    assert result.upper_bound >= 900 * MICRO, "the bound is that of all bids"


def test_its_fallback_may_still_win():
    result, homes = cleared([bid("wide", "1.5", fallback="0.5")], [place("a", 1), place("b", 1)])
    assert [(win.bid_id, win.fallback) for win in result.wins] == [("wide", True)]
    assert homes == {"wide": "a"}


def test_windows_beyond_the_slots_of_all_workers_lose():
    bids = [bid(str(number), "0.1", sequence=number) for number in range(5)]
    result, homes = cleared(bids, [place("a", 1, slots=2), place("b", 1, slots=1)])
    assert len(result.wins) == len(homes) == 3


OFFERS = st.builds(
    lambda cores, amount, fallback: (
        f"{cores / 10}",
        amount,
        f"{fallback / 10}" if fallback else "",
    ),
    st.integers(1, 20),
    st.integers(120, 900),
    st.integers(0, 12),
)


@settings(max_examples=150, deadline=None)
@given(
    offers=st.lists(OFFERS, max_size=10),
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=4),
)
def test_every_winner_has_a_worker_with_room_for_it_and_nobody_counts_twice(offers, sizes):
    bids = [
        bid(str(number), cores, amount, fallback, number)
        for number, (cores, amount, fallback) in enumerate(offers)
    ]
    places = [place("abcd"[number], size / 10) for number, size in enumerate(sizes)]
    result, homes = cleared(bids, places)
    assert {win.bid_id for win in result.wins} == set(homes)
    losers = {loss.bid_id for loss in result.losses}
    assert len(result.wins) + len(result.losses) == len(bids)
    assert not losers & set(homes)
    taken = {one.worker_id: 0 for one in places}
    for win in result.wins:
        entered = bids[int(win.bid_id)]
        offer = entered.fallback if win.fallback else entered.main
        taken[homes[win.bid_id]] += offer.bundle.rates[0]
        assert offer.reserve <= win.payment <= offer.amount
    for one in places:
        assert taken[one.worker_id] <= one.cpu_milli


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(offers=st.lists(OFFERS, max_size=10), size=st.integers(1, 30))
def test_one_worker_is_the_market_as_it_always_was(offers, size):
    bids = [
        bid(str(number), cores, amount, fallback, number)
        for number, (cores, amount, fallback) in enumerate(offers)
    ]
    only = place("a", size / 10)
    result, homes = cleared(bids, [only])
    assert result == clear_round(bids, (only.cpu_milli, *PLENTY[1:]), PRICES, RULES)
    assert set(homes.values()) <= {"a"}


def declared(now, name: str, cores: float, slots: int = 9, seconds: int = 1_000):
    return DeclaredWorker(
        id=name,
        cpu_milli=int(cores * 1000),
        memory_milli_mb=1_000_000,
        slots=slots,
        heartbeat_at=now,
        expires_at=now + timedelta(seconds=seconds),
    )


@pytest.fixture
def staffed(town):
    """Two workers: a tenth of a core and six tenths."""
    town.do(lambda fx: working.sign_on(fx, declared(fx.now, "small", 0.1)))
    town.do(lambda fx: working.sign_on(fx, declared(fx.now, "tall", 0.6)))
    yield town
    town.ask(lambda uow: check_laws(uow, town.rules.parameters))


def cycle_of(town, **more) -> AllocationCycle:
    return AllocationCycle(
        store=town.store,
        rules=town.rules,
        clock=town.clock,
        workspaces=MemoryWorkspaces(),
        execute=lambda: 0,
        workforce=True,
        **more,
    )


def led(town):
    def lead(fx):
        return take_lead(fx.uow, "test", 30_000)

    return town.do(lead)


def test_capacity_is_that_of_live_workers(staffed):
    def rates():
        return staffed.ask(lambda uow: live_capacity(uow, staffed.rules.parameters))

    assert rates()[:2] == (700, 2_000_000)
    assert rates()[2:] == staffed.rules.parameters.capacity.rates[2:]
    staffed.do(lambda fx: working.sign_off(fx, "tall"))
    assert rates()[0] == 100
    staffed.clock.sleep(1_001)
    assert rates() == (0, 0, 0, 0)


def test_winners_are_offered_to_the_worker_that_has_room_and_told_of(staffed):
    queue = MemoryQueue(lambda: staffed.clock.now().timestamp())
    staffed.born("wide", bundle=Bundle(5, 64, 10))
    staffed.born("slim", bundle=Bundle(1, 64, 10))
    cycle = cycle_of(staffed, queue=queue).run(led(staffed))
    assert cycle.closed
    assert cycle.capacity[0] == 700
    offered = {
        one.bundle.cpu_ms: one.offered_to
        for one in staffed.ask(lambda uow: uow.executions.unfinished())
    }
    assert offered == {5_000: "tall", 1_000: "small"}
    assert len(queue.claim("small", 9)) == 1
    assert len(queue.claim("tall", 9)) == 1


def test_windows_that_go_on_keep_their_room_and_their_agents_wait(staffed):
    """Continuous mode: the next cycle is cleared while these are lived."""
    agent = staffed.born("first", credits=900, bundle=Bundle(5, 64, 10))
    cycle, lead = cycle_of(staffed), led(staffed)
    assert cycle.run(lead).certificate.wins == 1
    staffed.born("second", credits=900, bundle=Bundle(5, 64, 10))
    second = cycle.run(lead)
    assert (second.certificate.bids, second.certificate.wins) == (1, 0)
    assert second.held[0] == 500
    assert second.free[0] == 200
    place_left = staffed.ask(lambda uow: {one.worker_id: one.cpu_milli for one in room_left(uow)})
    assert place_left == {"small": 100, "tall": 100}
    (window,) = staffed.do(lambda fx: windows.lease_windows(fx, "tall", 5, 60_000))
    assert window.agent_id == agent
    staffed.do(lambda fx: windows.lose_window(fx, window.id, 1, "stopped", {}))
    third = cycle.run(lead)
    assert third.held[0] == 500, "it is queued again, and still holds what it bought"
    (again,) = staffed.do(lambda fx: windows.lease_windows(fx, "tall", 5, 60_000))
    staffed.do(lambda fx: windows.start_window(fx, again.id, again.attempt, 1_000))
    staffed.do(lambda fx: windows.lose_window(fx, again.id, 2, "gone", {}))
    fourth = cycle.run(lead)
    assert (fourth.held[0], fourth.certificate.wins) == (0, 1)


def test_a_worker_is_given_nothing_beyond_its_room(staffed):
    for number in range(3):
        staffed.born(f"agent-{number}", bundle=Bundle(1, 64, 10))
    cycle_of(staffed).run(led(staffed))

    def lease(worker):
        return [
            one.bundle.cpu_ms
            for one in staffed.do(lambda fx: windows.lease_windows(fx, worker, 9, 60_000))
        ]

    assert lease("small") == [1_000]
    assert lease("small") == []
    assert lease("tall") == [1_000, 1_000]


def test_a_window_takes_room_where_it_is_at_home_and_not_elsewhere(staffed):
    """The small worker has room for it too, but it was offered to the tall one."""
    staffed.born("ada", bundle=Bundle(1, 64, 10))
    staffed.clear(offered_to="tall")

    def cores():
        return staffed.ask(lambda uow: {one.worker_id: one.cpu_milli for one in room_left(uow)})

    assert cores() == {"small": 100, "tall": 500}
    (leased,) = staffed.do(lambda fx: windows.lease_windows(fx, "tall", 1, 60_000))
    assert cores() == {"small": 100, "tall": 500}
    staffed.do(lambda fx: windows.lose_window(fx, leased.id, 1, "gone", {}))
    assert cores() == {"small": 0, "tall": 600}, "it is nobody's, and the first has room"
    staffed.do(lambda fx: windows.lease_windows(fx, "tall", 1, 60_000))
    staffed.do(lambda fx: working.sign_off(fx, "tall"))
    assert cores() == {"small": 0}, "its worker is gone: room is kept for it elsewhere"
