"""MARKET.md properties 1-6, 9 and 10 on whole rounds: main pass, fallback pass, losses."""

from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from syntropism.domain.market.auction import AuctionBid, LossReason, clear_round, reprice
from syntropism.domain.market.bids import Offer
from syntropism.domain.market.costs import posted_cost, reserve
from syntropism.domain.market.resources import Bundle, add_rates, fits, subtract_rates
from syntropism.testing.strategies_market import Round, auction_bids, rounds


def run(drawn: Round, bids=None, free=None):
    return clear_round(
        drawn.bids if bids is None else bids,
        drawn.free if free is None else free,
        drawn.prices,
        drawn.parameters,
        drawn.held,
    )


def changed(bids, bid: AuctionBid) -> tuple[AuctionBid, ...]:
    return tuple(bid if one.id == bid.id else one for one in bids)


def with_amount(bid: AuctionBid, amount: int, *, fallback: bool) -> AuctionBid:
    if fallback:
        return evolve(bid, fallback=evolve(bid.fallback, amount=amount))
    return evolve(bid, main=evolve(bid.main, amount=amount))


def offer_won(bids, win) -> Offer:
    bid = next(one for one in bids if one.id == win.bid_id)
    return bid.fallback if win.fallback else bid.main


@given(drawn=rounds())
def test_each_bid_wholly_wins_once_or_loses_once(drawn):
    result = run(drawn)
    seen = [win.bid_id for win in result.wins] + [loss.bid_id for loss in result.losses]
    assert sorted(seen) == sorted(bid.id for bid in drawn.bids)


@given(drawn=rounds())
def test_winners_fit_free_capacity_and_the_figures_add_up(drawn):
    result = run(drawn)
    used = (0, 0, 0, 0)
    for win in result.wins:
        used = add_rates(used, offer_won(drawn.bids, win).bundle.rates)
    assert used == result.used
    assert fits(used, drawn.free)
    assert result.occupied == add_rates(used, drawn.held)
    assert result.welfare == sum(offer_won(drawn.bids, win).amount for win in result.wins)
    assert all(0 <= permille <= 1000 for permille in result.utilization_permille)


@given(drawn=rounds())
def test_every_payment_lies_between_the_reserve_and_the_amount_of_what_was_won(drawn):
    for win in run(drawn).wins:
        offer = offer_won(drawn.bids, win)
        assert reserve(offer.bundle, drawn.parameters) <= win.payment <= offer.amount


@given(drawn=rounds())
def test_nothing_of_a_loser_fits_what_is_left_after_both_passes(drawn):
    result = run(drawn)
    left = subtract_rates(drawn.free, result.used)
    for loss in result.losses:
        bid = next(one for one in drawn.bids if one.id == loss.bid_id)
        for offer in (bid.main, bid.fallback):
            assert offer is None or not fits(offer.bundle.rates, left)


@given(drawn=rounds())
def test_fallbacks_change_no_main_winner_and_no_main_payment(drawn):
    plain = run(drawn, [evolve(bid, fallback=None) for bid in drawn.bids])
    assert [win for win in run(drawn).wins if not win.fallback] == list(plain.wins)


@given(drawn=rounds(), data=st.data())
def test_the_order_of_arrival_changes_nothing(drawn, data):
    assert run(drawn, data.draw(st.permutations(drawn.bids))) == run(drawn)


@given(drawn=rounds(), data=st.data())
def test_a_winner_that_raises_its_amount_keeps_winning(drawn, data):
    result = run(drawn)
    assume(result.wins)
    win = data.draw(st.sampled_from(result.wins))
    bid = next(one for one in drawn.bids if one.id == win.bid_id)
    amount = offer_won(drawn.bids, win).amount + data.draw(st.integers(0, 10**9))
    again = run(drawn, changed(drawn.bids, with_amount(bid, amount, fallback=win.fallback)))
    kept = [one for one in again.wins if one.bid_id == win.bid_id]
    assert [one.fallback for one in kept] == [win.fallback]


@given(drawn=rounds(), data=st.data())
def test_a_winner_that_asks_for_less_keeps_winning(drawn, data):
    result = run(drawn)
    mains = [win for win in result.wins if not win.fallback]
    assume(mains)
    win = data.draw(st.sampled_from(mains))
    bid = next(one for one in drawn.bids if one.id == win.bid_id)
    old = bid.main.bundle
    duration = data.draw(st.integers(1, old.duration_ms))
    less = Bundle.of_milli(
        data.draw(st.integers(1, max(1, old.cpu_ms * duration // old.duration_ms))),
        data.draw(st.integers(1, old.memory_milli_mb)),
        duration,
        data.draw(st.integers(0, old.tokens * duration // old.duration_ms)),
        data.draw(st.integers(0, old.attention_share)),
    )
    assume(fits(less.rates, old.rates))
    smaller = evolve(bid, main=Offer(less, bid.main.amount, reserve(less, drawn.parameters)))
    again = run(drawn, changed(drawn.bids, smaller))
    assert [one.fallback for one in again.wins if one.bid_id == bid.id] == [False]


@given(drawn=rounds(preset="truthful"))
def test_a_winner_wins_at_its_payment_and_not_a_micro_credit_below(drawn):
    for win in run(drawn).wins:
        bid = next(one for one in drawn.bids if one.id == win.bid_id)
        at_payment = with_amount(bid, win.payment, fallback=win.fallback)
        assert win in run(drawn, changed(drawn.bids, at_payment)).wins
        if win.payment > offer_won(drawn.bids, win).reserve:
            below = with_amount(bid, win.payment - 1, fallback=win.fallback)
            assert not [
                one
                for one in run(drawn, changed(drawn.bids, below)).wins
                if (one.bid_id, one.fallback) == (win.bid_id, win.fallback)
            ]


@given(drawn=rounds())
def test_the_amount_to_win_wins_and_a_micro_credit_less_loses(drawn):
    for loss in run(drawn).losses:
        if loss.amount_to_win is None:
            continue
        bid = next(one for one in drawn.bids if one.id == loss.bid_id)
        fallback = bid.main is None or not fits(bid.main.bundle.rates, drawn.free)
        raised = with_amount(bid, loss.amount_to_win, fallback=fallback)
        wins = run(drawn, changed(drawn.bids, raised)).wins
        assert [one.fallback for one in wins if one.bid_id == bid.id] == [fallback]
        offer = bid.fallback if fallback else bid.main
        if loss.amount_to_win > offer.reserve:
            short = with_amount(bid, loss.amount_to_win - 1, fallback=fallback)
            losers = [one.bid_id for one in run(drawn, changed(drawn.bids, short)).losses]
            assert bid.id in losers


@given(drawn=rounds())
def test_no_amount_is_named_exactly_where_no_amount_could_win(drawn):
    mains_only = run(drawn, [evolve(bid, fallback=None) for bid in drawn.bids])
    left = subtract_rates(drawn.free, mains_only.used)
    for loss in run(drawn).losses:
        bid = next(one for one in drawn.bids if one.id == loss.bid_id)
        main_could = bid.main is not None and fits(bid.main.bundle.rates, drawn.free)
        fallback_could = bid.fallback is not None and fits(bid.fallback.bundle.rates, left)
        assert (loss.amount_to_win is not None) == (main_could or fallback_could)
        if loss.reason is LossReason.INELIGIBLE:
            assert bid.main is None
            assert bid.fallback is None


@given(drawn=rounds(preset="truthful", fallbacks=False), data=st.data())
def test_no_other_amount_gains_within_the_cycle_for_bids_without_fallback(drawn, data):
    assume(drawn.bids)
    bid = data.draw(st.sampled_from(drawn.bids))
    value = bid.main.amount

    def gain(amount: int) -> int:
        wins = run(drawn, changed(drawn.bids, with_amount(bid, amount, fallback=False))).wins
        return sum(value - win.payment for win in wins if win.bid_id == bid.id)

    honest = gain(value)
    result = run(drawn)
    amounts = {win.payment for win in result.wins} | {
        loss.amount_to_win for loss in result.losses if loss.amount_to_win is not None
    }
    amounts |= {bid.main.reserve, data.draw(st.integers(bid.main.reserve, 10**14))}
    for amount in amounts:
        for near in (amount - 1, amount, amount + 1):
            if near >= bid.main.reserve:
                assert gain(near) <= honest


@given(drawn=rounds(), data=st.data())
def test_a_bid_that_does_not_fit_moves_no_price_and_no_payment(drawn, data):
    giant = data.draw(auction_bids(drawn.parameters, "giant", fallbacks=False))
    asked = giant.main.bundle if giant.main is not None else Bundle(1, 64, 10)
    bundle = Bundle.of_milli(asked.cpu_ms, drawn.free[1] + 1, asked.duration_ms, 0, 0)
    giant = evolve(giant, main=Offer(bundle, 10**12, reserve(bundle, drawn.parameters)))
    capacity = add_rates(drawn.free, drawn.held)
    without, having = run(drawn), run(drawn, (*drawn.bids, giant))
    assert having.wins == without.wins
    assert having.demand == without.demand
    assert having.upper_bound == without.upper_bound
    assert reprice(having, drawn.prices, capacity, drawn.parameters) == reprice(
        without, drawn.prices, capacity, drawn.parameters
    )
    (loss,) = [one for one in having.losses if one.bid_id == "giant"]
    assert (loss.reason, loss.amount_to_win) == (LossReason.DOES_NOT_FIT_CAPACITY, None)


@given(drawn=rounds())
def test_demand_counts_each_bid_at_most_once_and_never_an_unaffordable_one(drawn):
    expected = drawn.held
    for bid in drawn.bids:
        counting = [
            offer.bundle.rates
            for offer in (bid.main, bid.fallback)
            if offer is not None
            and fits(offer.bundle.rates, drawn.free)
            and offer.amount >= posted_cost(offer.bundle, drawn.prices, drawn.parameters)
        ]
        if counting:
            expected = add_rates(expected, counting[0])
    assert run(drawn).demand == expected
