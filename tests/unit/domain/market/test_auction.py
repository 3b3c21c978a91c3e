import pytest
from attrs import evolve

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Invalid
from syntropism.domain.market.auction import AuctionBid, LossReason, clear, clear_round, reprice
from syntropism.domain.market.bids import Offer
from syntropism.domain.market.candidates import Candidate, Instance
from syntropism.domain.market.costs import reserve
from syntropism.domain.market.presets import preset
from syntropism.domain.market.resources import Bundle, Capacity

PARAMETERS = EconomicParameters()
CAPACITY = Capacity(2, 4096, 1000, 1).rates
PRICES = PARAMETERS.min_prices
PLAIN = Bundle(1, 64, 10)
SHOW = Bundle(1, 64, 10, attention_share=1)
"""Costs 8.2 more than the fee without attention, 28.2 with it."""


def offer(bundle, credits):
    return Offer(bundle, credits * 1_000_000, reserve(bundle, PARAMETERS))


def bid(name, credits, sequence, *, bundle=SHOW, fallback=None):
    second = None if fallback is None else offer(PLAIN, fallback)
    return AuctionBid(name, offer(bundle, credits), second, 0, sequence)


def test_one_slot_goes_to_the_higher_bid_and_the_loser_falls_back():
    bids = [bid("ada", 80, 1, fallback=30), bid("bob", 60, 2, fallback=30)]
    result = clear_round(bids, CAPACITY, PRICES, PARAMETERS)
    assert [(w.bid_id, w.fallback, w.payment) for w in result.wins] == [
        ("ada", False, 60_000_000),  # the earlier of equals: bob's amount is enough
        ("bob", True, 18_200_000),  # nobody else wanted the plain window: the reserve
    ]
    assert result.losses == ()
    assert result.used == (200, 128_000, 0, 1_000)
    assert result.utilization_permille == (100, 31, 0, 1_000)
    assert result.demand == (200, 128_000, 0, 2_000)
    assert result.welfare == 110_000_000
    assert result.upper_bound >= result.welfare
    assert result.revenue == 78_200_000


def test_the_loser_of_the_slot_is_told_what_would_have_won():
    result = clear_round([bid("ada", 80, 1), bid("bob", 60, 2)], CAPACITY, PRICES, PARAMETERS)
    (loss,) = result.losses
    assert (loss.bid_id, loss.reason, loss.amount_to_win) == (
        "bob",
        LossReason.OUTBID,
        80_000_001,
    )


def test_while_the_slot_is_held_no_amount_wins_it_and_fallbacks_clear():
    free = Capacity(2, 4096, 1000, 0).rates
    bids = [bid("ada", 80, 1, fallback=30), bid("bob", 60, 2)]
    result = clear_round(bids, free, PRICES, PARAMETERS, held=(0, 0, 0, 1_000))
    assert [(w.bid_id, w.fallback) for w in result.wins] == [("ada", True)]
    (loss,) = result.losses
    assert (loss.reason, loss.amount_to_win) == (LossReason.DOES_NOT_FIT_CAPACITY, None)
    assert result.demand == (100, 64_000, 0, 1_000)
    assert result.utilization_permille[3] == 1_000


def test_a_bid_in_cooldown_clears_its_fallback_or_is_ineligible():
    resting = AuctionBid("ada", None, offer(PLAIN, 30), 0, 1)
    nothing = AuctionBid("bob", None, None, 0, 2)
    result = clear_round([resting, nothing], CAPACITY, PRICES, PARAMETERS)
    assert [(w.bid_id, w.fallback) for w in result.wins] == [("ada", True)]
    assert [loss.reason for loss in result.losses] == [LossReason.INELIGIBLE]


def test_an_offer_below_its_reserve_takes_no_part():
    cheap = AuctionBid("ada", Offer(PLAIN, 18_199_999, 18_200_000), None, 0, 1)
    result = clear_round([cheap], CAPACITY, PRICES, PARAMETERS)
    assert result.wins == ()
    assert result.losses[0].reason is LossReason.BELOW_RESERVE
    assert result.demand == (0, 0, 0, 0)


def test_a_fallback_outbid_by_main_winners_is_outbid_at_any_amount():
    tiny = Capacity("0.1", 64, 0, 0).rates
    bids = [bid("ada", 30, 1, bundle=PLAIN), AuctionBid("bob", None, offer(PLAIN, 99), 0, 2)]
    (loss,) = clear_round(bids, tiny, PRICES, PARAMETERS).losses
    assert (loss.reason, loss.amount_to_win) == (LossReason.OUTBID, None)


def test_classic_takes_the_higher_total_and_its_whole_amount():
    classic = evolve(PARAMETERS, preset="classic")
    large = bid("large", 50, 1, bundle=Bundle(20, 64, 10))
    small = bid("small", 45, 2, bundle=Bundle(2, 64, 10))
    both = [evolve(large, main=evolve(large.main, reserve=1)), small]
    dense = clear_round(both, CAPACITY, PRICES, PARAMETERS)
    total = clear_round(both, CAPACITY, PRICES, classic)
    assert [win.bid_id for win in dense.wins] == ["small"]
    assert [(win.bid_id, win.payment) for win in total.wins] == [("large", 50_000_000)]


def test_a_bid_that_lost_often_enough_comes_first_and_pays_accordingly():
    ageing = evolve(PARAMETERS, ageing_permille=500)
    bids = [bid("ada", 80, 1), evolve(bid("bob", 60, 2), age=1)]
    result = clear_round(bids, CAPACITY, PRICES, ageing)
    # 60·1.5 = 90 beats 80, which 53.33 × 1.5 reaches
    assert [(win.bid_id, win.payment) for win in result.wins] == [("bob", 53_333_334)]
    assert result.losses[0].amount_to_win == 90_000_000


def test_prices_move_by_the_rule_of_the_preset():
    result = clear_round([bid("ada", 80, 1)], CAPACITY, PRICES, PARAMETERS)
    doubled = tuple(2 * price for price in PRICES)
    # one slot wanted of one, target 1.5: e^(-0.1/3); tokens unwanted: e^-0.1
    after = reprice(result, doubled, CAPACITY, PARAMETERS)
    assert after[3] == 3_868_864_401_929
    assert after[2] == 18_096_748_361
    classic = evolve(PARAMETERS, preset="classic")
    assert reprice(result, doubled, CAPACITY, classic)[3] == 4_400_000_000_000


def test_an_empty_round_leaves_everything():
    result = clear_round([], CAPACITY, PRICES, PARAMETERS)
    assert (result.wins, result.losses, result.used) == ((), (), (0, 0, 0, 0))
    assert (result.welfare, result.upper_bound) == (0, 0)


def test_an_unknown_preset_is_refused():
    with pytest.raises(Invalid, match="did you mean"):
        clear_round([], CAPACITY, PRICES, evolve(PARAMETERS, preset="truthfull"))


def test_a_bare_instance_clears_to_winners_payments_and_a_certificate():
    instance = Instance(
        (Candidate("a", 9, 1, 1, (1, 0)), Candidate("b", 7, 1, 1, (1, 0), sequence=1)), (1, 5)
    )
    cleared = clear(instance, preset("truthful"))
    assert [winner.id for winner in cleared.winners] == ["a"]
    assert (cleared.payments, cleared.left, cleared.welfare) == ((7,), (0, 5), 9)
    assert 9 <= cleared.upper_bound <= 16
