from attrs import evolve

from syntropism.domain.market.pricing import MarketObservation, exponential, stepwise

SEEN = MarketObservation(
    prices=(10**12,),
    demand=(900,),
    occupied=(500,),
    capacity=(1_000,),
    targets_permille=(900,),
    min_prices=(10**9,),
    max_prices=(10**15,),
    step_permille=100,
)


def test_demand_at_its_target_moves_nothing():
    assert exponential(SEEN) == (10**12,)


def test_demand_of_twice_the_target_and_beyond_raises_the_price_by_e_to_the_tenth():
    for demand in (1_800, 1_000_000):
        assert exponential(evolve(SEEN, demand=(demand,))) == (1_105_170_918_075,)


def test_no_demand_lowers_the_price_by_e_to_the_tenth():
    assert exponential(evolve(SEEN, demand=(0,))) == (904_837_418_036,)


def test_half_the_target_lowers_the_price_by_half_the_step():
    assert exponential(evolve(SEEN, demand=(450,))) == (951_229_424_501,)


def test_a_small_price_does_not_stick():
    tiny = evolve(SEEN, prices=(1_000,), min_prices=(1_000,))
    assert exponential(evolve(tiny, demand=(1_800,))) == (1_105,)
    assert exponential(evolve(tiny, prices=(1_105,), demand=(0,))) == (1_000,)


def test_a_resource_that_does_not_exist_drifts_to_its_minimum_unless_still_held():
    nothing = evolve(SEEN, capacity=(0,), demand=(0,), occupied=(0,))
    assert exponential(nothing) == (904_837_418_036,)
    assert exponential(evolve(nothing, demand=(1,))) == (1_105_170_918_075,)
    assert stepwise(nothing) == (950_000_000_000,)


def test_stepwise_adds_ten_percent_only_above_eighty_percent_utilization():
    assert stepwise(evolve(SEEN, occupied=(801,))) == (1_100_000_000_000,)
    assert stepwise(evolve(SEEN, occupied=(800,))) == (10**12,)


def test_stepwise_takes_off_five_percent_only_below_twenty_percent_utilization():
    assert stepwise(evolve(SEEN, occupied=(199,))) == (950_000_000_000,)
    assert stepwise(evolve(SEEN, occupied=(200,))) == (10**12,)
