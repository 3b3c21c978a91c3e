import pytest

from syntropism.domain.errors import Invalid
from syntropism.domain.market.clearing import amount, posted_density
from syntropism.domain.market.payments import critical, pay_as_bid
from syntropism.domain.market.presets import preset
from syntropism.domain.market.pricing import exponential, stepwise


def test_truthful_is_density_with_critical_payments_and_exponential_prices():
    rules = preset("truthful")
    assert (rules.strategy, rules.payment_rule, rules.repricing) == (
        posted_density,
        critical,
        exponential,
    )


def test_classic_is_the_highest_total_paying_its_amount_with_stepwise_prices():
    rules = preset("classic")
    assert (rules.strategy, rules.payment_rule, rules.repricing) == (amount, pay_as_bid, stepwise)


def test_a_misspelt_preset_is_refused_with_the_nearest_valid_name():
    with pytest.raises(Invalid, match="truthful") as refusal:
        preset("truthfull")
    assert refusal.value.details == {"field": "preset", "nearest": ["truthful"]}


def test_a_preset_like_no_other_is_refused_with_all_valid_names():
    with pytest.raises(Invalid, match="auto or classic or exact or max_welfare or truthful"):
        preset("???")
