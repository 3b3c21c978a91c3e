"""The order book: one open bid per agent, and rounds that can be repeated."""

import pytest
from attrs import evolve

from syntropism.domain.errors import Conflict
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.market.bids import BidStatus
from syntropism.domain.market.rounds import AuctionBid


@pytest.fixture
def three(town, uow):
    """Three agents, each with an open bid."""
    agents = [town.agent(uow, name, 1_000) for name in ("ada", "bob", "cyd")]
    return [(agent, town.bid(uow, agent)) for agent in agents]


def test_a_bid_is_kept_as_it_was_placed_with_and_without_fallback(town, uow):
    ada, bob = town.agent(uow, "ada", 100), town.agent(uow, "bob", 100)
    full, plain = town.bid(uow, ada), town.bid(uow, bob, fallback=None)
    assert uow.bids.get(full.id) == full
    assert uow.bids.get(plain.id) == plain
    assert uow.bids.get("nothing") is None


def test_what_becomes_of_a_bid_is_kept(town, uow, three):
    (_, first), (_, second), (_, third) = three
    ended = [
        first.won(first.fallback.amount, 4, fallback=True),
        second.ended(BidStatus.EXPIRED, 5),
        evolve(third, age=3),
    ]
    uow.bids.save(ended)
    assert [uow.bids.get(bid.id) for bid in ended] == ended


def test_a_second_open_bid_for_an_agent_is_refused_whoever_pays(town, uow, three):
    (ada, _), (bob, _), _ = three
    with pytest.raises(Conflict), uow.savepoint():
        town.bid(uow, ada, payer=bob.id)
    assert len(uow.bids.all_open()) == 3


def test_after_the_end_of_a_bid_another_may_be_opened(town, uow, three):
    ada, first = three[0]
    uow.bids.save([first.ended(BidStatus.REPLACED, 4)])
    second = town.bid(uow, ada)
    assert uow.bids.open_for(ada.id) == second


def test_sequence_numbers_grow_even_when_bids_have_ended(town, uow, three):
    (ada, _), _, (_, last) = three
    uow.bids.save([last.ended(BidStatus.WITHDRAWN, 4)])
    assert [bid.sequence for _, bid in three] == [1, 2, 3]
    uow.bids.save([three[0][1].ended(BidStatus.WITHDRAWN, 4)])
    assert town.bid(uow, ada).sequence == 4


def test_open_bids_are_found_by_agent_and_by_payer_in_order_of_submission(town, uow, three):
    (ada, first), (_, second), (_, third) = three
    dan = town.agent(uow, "dan")
    sponsored = town.bid(uow, dan, payer=ada.id)
    assert uow.bids.open_for(dan.id) == sponsored
    assert uow.bids.open_for("nobody") is None
    assert uow.bids.open_paid_by(ada.id) == [first, sponsored]
    assert uow.bids.all_open() == [first, second, third, sponsored]


def test_freezing_takes_every_open_bid_whose_agent_has_no_window(town, uow, three):
    (_, first), (_, second), (_, third) = three
    eve = town.agent(uow, "eve", 100)
    busy = town.execution(uow, eve)
    town.bid(uow, eve)
    uow.bids.save([second.ended(BidStatus.WITHDRAWN, 4)])
    assert uow.bids.freeze(5) == 2
    assert uow.bids.frozen(5) == [first.frozen_in(5), third.frozen_in(5)]
    assert uow.bids.frozen(4) == []
    assert busy.status is ExecutionStatus.QUEUED


def test_an_agent_whose_window_is_final_is_frozen_again(town, uow):
    eve = town.agent(uow, "eve", 100)
    window = town.execution(uow, eve)
    bid = town.bid(uow, eve)
    assert uow.bids.freeze(5) == 0
    uow.executions.save(window.ended(ExecutionStatus.KILLED, now=town.later(), cycle=5))
    assert uow.bids.freeze(6) == 1
    assert uow.bids.frozen(6) == [bid.frozen_in(6)]


def test_freezing_again_adds_no_bid(town, uow, three):
    assert uow.bids.freeze(5) == 3
    town.bid(uow, town.agent(uow, "late", 100))
    assert uow.bids.freeze(5) == 3
    assert len(uow.bids.frozen(5)) == 3


def test_the_book_is_the_frozen_bids_in_columns(town, uow, three):
    (ada, first), (_, second), (carl, third) = three
    dora = town.agent(uow, "dora", 1_000)
    plain = town.bid(uow, dora, fallback=None)
    uow.bids.save([evolve(first, age=3), second.ended(BidStatus.WITHDRAWN, 4)])
    uow.bids.freeze(5)
    book = uow.bids.book(5)
    assert list(book) == [
        AuctionBid(first.id, first.main, first.fallback, 3, first.sequence),
        AuctionBid(third.id, third.main, third.fallback, 0, third.sequence),
        AuctionBid(plain.id, plain.main, None, 0, plain.sequence),
    ]
    assert list(book.agents) == [ada.id, carl.id, dora.id]
    assert list(uow.bids.book(4)) == []
    assert list(uow.bids.book(4).resting({ada.id})) == []


def test_who_is_being_cleared_is_told_without_the_bids(town, uow, three):
    (ada, first), (_, second), (carl, third) = three
    uow.bids.freeze(5)
    uow.bids.save([second.ended(BidStatus.CANCELLED, 5)])
    assert uow.bids.frozen_agents(5) == {first.id: ada.id, third.id: carl.id}
    assert uow.bids.frozen_agents(4) == {}
    assert [uow.bids.frozen_count(cycle) for cycle in (4, 5)] == [0, 2]


def test_locked_bids_come_in_the_order_of_their_ids(town, uow, three):
    (_, first), (_, _), (_, third) = three
    locked = uow.bids.lock([third.id, "none", first.id, third.id])
    assert list(locked.items()) == [(first.id, first), (third.id, third)]


def test_a_frozen_bid_is_still_open(town, uow, three):
    uow.bids.freeze(5)
    assert uow.bids.open_for(three[0][0].id) == three[0][1].frozen_in(5)


def test_thawing_ages_the_losers_and_leaves_the_winners_alone(town, uow, three):
    (_, first), (_, second), (_, third) = three
    uow.bids.freeze(5)
    won = second.frozen_in(5).won(20, 5, fallback=False)
    uow.bids.save([won])
    assert uow.bids.thaw_losers(5) == 2
    assert uow.bids.get(second.id) == won
    assert uow.bids.all_open() == [first.lost(), third.lost()]
    assert uow.bids.thaw_losers(5) == 0
    assert uow.bids.frozen(5) == []


def test_aged_are_the_open_and_unfrozen_that_have_lost_so_often(town, uow, three):
    (_, first), (_, second), (_, third) = three
    old = [evolve(first, age=5), evolve(second, age=4), evolve(third, age=7, frozen_cycle=8)]
    uow.bids.save(old)
    assert uow.bids.aged(5) == [old[0]]
    assert uow.bids.aged(4) == old[:2]
    assert uow.bids.aged(8) == []


def test_pages_are_newest_first_by_party_and_status(town, uow, three):
    (ada, first), (bob, second), (_, third) = three
    uow.bids.save([second.ended(BidStatus.EXPIRED, 4)])
    sponsored = town.bid(uow, bob, payer=ada.id)
    gone = second.ended(BidStatus.EXPIRED, 4)
    assert uow.bids.page(2) == [sponsored, third]
    assert uow.bids.page(9, before=third.id) == [gone, first]
    assert uow.bids.page(9, party=ada.id) == [sponsored, first]
    assert uow.bids.page(9, party=bob.id) == [sponsored, gone]
    assert uow.bids.page(9, party=bob.id, status=BidStatus.OPEN) == [sponsored]
