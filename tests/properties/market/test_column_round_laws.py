"""A round in columns is the round of the reference: wins, losses, demand and certificate."""

from random import Random

import pytest
from attrs import asdict, evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.market.auction import clear_round
from syntropism.domain.market.bids import Offer
from syntropism.domain.market.book import Book
from syntropism.domain.market.costs import reserve
from syntropism.domain.market.losses import LossReason
from syntropism.domain.market.resources import Bundle, Capacity
from syntropism.domain.market.rounds import AuctionBid, RoundResult
from syntropism.testing.strategies_market import Round, rounds

pytest.importorskip("numpy", reason="the extra `market` is not installed")

from syntropism.adapters.clearing import column_round
from syntropism.adapters.clearing.columns import DoesNotFit
from syntropism.adapters.clearing.numpy_engine import NumpyEngine
from syntropism.application.ports.clearing_engine import ReferenceEngine


def book_of(bids) -> Book:
    return Book.of((bid.id, bid) for bid in bids)


def told(result: RoundResult) -> dict:
    return asdict(result, recurse=False) | {"losses": list(result.losses)}


def same(drawn: Round) -> RoundResult:
    facts = (drawn.free, drawn.prices, drawn.parameters, drawn.held)
    expected = clear_round(drawn.bids, *facts)
    found = column_round.clear_round(book_of(drawn.bids), *facts)
    assert told(found) == told(expected)
    kinds = {type(one.amount_to_win) for one in found.losses}
    kinds |= {type(win.payment) for win in found.wins}
    assert kinds <= {int, type(None)}, "no number of a library leaves the engine"
    return found


@settings(deadline=None, max_examples=150)
@given(drawn=rounds(bids_max=30))
def test_a_round_in_columns_is_that_of_the_reference(drawn):
    same(drawn)


@settings(deadline=None)
@given(drawn=rounds(bids_max=12))
def test_a_book_is_the_bids_it_was_made_of(drawn):
    ordered = sorted(drawn.bids, key=lambda bid: (bid.sequence, bid.id))
    book = book_of(drawn.bids)
    assert list(book) == ordered
    assert len(book) == len(ordered)
    facts = (drawn.free, drawn.prices, drawn.parameters, drawn.held)
    assert told(clear_round(book, *facts)) == told(clear_round(drawn.bids, *facts))


@settings(deadline=None)
@given(drawn=rounds(bids_max=12), chosen=st.sets(st.integers(0, 11)))
def test_who_rests_has_no_offer_that_holds_attention(drawn, chosen):
    resting = {f"bid-{i}" for i in chosen}

    def rested(offer: Offer | None, agent: str) -> Offer | None:
        return None if offer and agent in resting and offer.bundle.attention_share else offer

    expected = [
        evolve(bid, main=rested(bid.main, bid.id), fallback=rested(bid.fallback, bid.id))
        for bid in drawn.bids
    ]
    book = book_of(drawn.bids)
    assert list(book.resting(resting)) == list(book_of(expected))
    assert set(book.wanting_attention()) == {
        bid.id
        for bid in drawn.bids
        for offer in (bid.main, bid.fallback)
        if offer and offer.bundle.attention_share
    }


def crowd(count: int, seed: int, parameters: EconomicParameters) -> tuple[AuctionBid, ...]:
    """Bids of every kind: with and without fallbacks, resting, too large, below the reserve."""
    chance = Random(seed)
    drawn = []
    for number in range(count):
        bundle = Bundle.of_milli(
            chance.randint(100, 3_000),
            chance.choice((32_000, 64_000, 10**9)) if number % 50 == 0 else 64_000,
            chance.choice((10_000, 25_000)),
            chance.randint(0, 900),
            chance.choice((0, 0, 0, 1)),
        )

        def offer(one: Bundle) -> Offer:
            least = reserve(one, parameters)
            return Offer(one, least + chance.randint(-1, 90) * 1_000_000, least)

        fallback = offer(bundle.without_attention()) if chance.random() < 0.4 else None
        main = None if chance.random() < 0.03 else offer(bundle)
        drawn.append(AuctionBid(f"{number:05}", main, fallback, chance.randint(0, 4), number))
    return tuple(drawn)


@pytest.mark.parametrize(
    ("preset", "ageing", "capacity"),
    [
        ("truthful", 0, Capacity(40, 40_000, 9_000, 20)),
        ("truthful", 200, Capacity(400, 150_000, 90_000, 20)),
        ("classic", 200, Capacity(40, 40_000, 9_000, 20)),
        ("classic", 0, Capacity(400, 150_000, 90_000, 20)),
    ],
)
def test_a_crowd_is_cleared_as_the_reference_does(preset, ageing, capacity):
    parameters = EconomicParameters(preset=preset, ageing_permille=ageing)
    found = same(
        Round(
            crowd(2_500, ageing, parameters),
            capacity.rates,
            tuple(price * 3 + 7_777_777 for price in parameters.min_prices),
            parameters,
            (5, 0, 7, 0),
        )
    )
    assert {one.reason for one in found.losses} == set(LossReason)
    assert any(win.fallback for win in found.wins) == (capacity.rates[0] > 40_000)
    assert any(one.amount_to_win is None for one in found.losses)


def test_an_amount_to_win_can_be_larger_than_any_float_knows_exactly():
    parameters = EconomicParameters()
    tiny, dear = (Bundle.of_milli(cpu, 32_000, 10_000, 0, 0) for cpu in (100, 10**7))
    bids = tuple(
        AuctionBid(name, Offer(bundle, amount, 0), None, 0, place)
        for place, (name, bundle, amount) in enumerate(
            (("ada", tiny, 2**48 + 1), ("bob", dear, 1), ("carl", tiny, 2**48))
        )
    )
    prices = tuple(price * 1_000 for price in parameters.min_prices)
    found = same(Round(bids, (10**8, 32_000, 0, 0), prices, parameters, (0, 0, 0, 0)))
    assert max(one.amount_to_win or 0 for one in found.losses) > 2**53


def test_a_round_that_64_bits_cannot_hold_is_left_to_the_reference():
    parameters = EconomicParameters()
    bundle = Bundle.of_milli(100, 32_000, 10_000, 0, 0)
    bids = [AuctionBid("ada", Offer(bundle, 2**60, 20), None, 0, 1)]
    facts = ((1_000, 64_000, 0, 0), parameters.min_prices, parameters, (0, 0, 0, 0))
    with pytest.raises(DoesNotFit):
        column_round.clear_round(book_of(bids), *facts)
    engine = NumpyEngine(ReferenceEngine(), columns_min=0)
    assert told(engine.clear_round(book_of(bids), *facts)) == told(clear_round(bids, *facts))


def test_the_engine_takes_the_columns_where_it_can(monkeypatch):
    """Otherwise all of the above would prove nothing about an economy."""
    parameters = EconomicParameters()
    seen = []
    monkeypatch.setattr(
        column_round,
        "clear_round",
        lambda book, *rest: seen.append(len(book)) or clear_round(book, *rest),
    )
    bids = crowd(20, 1, parameters)
    facts = (Capacity(4, 4_000).rates, parameters.initial_prices, parameters, (0, 0, 0, 0))
    for least in (0, 20, 21):
        NumpyEngine(ReferenceEngine(), columns_min=least).clear_round(book_of(bids), *facts)
    assert seen == [20, 20]
