"""``syntropism.testing``: what it offers, and what it says when Hypothesis is not there."""

import subprocess
import sys

import pytest
from attrs import evolve
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

import syntropism.testing as testing
from syntropism.domain.market.costs import reserve
from syntropism.domain.market.offers import make_offer
from syntropism.domain.population.files import require_files

RULES = testing.lively_parameters()


def test_without_hypothesis_one_line_says_what_to_install():
    program = "import sys; sys.modules['hypothesis'] = None; import syntropism.testing"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        "ImportError: syntropism.testing needs Hypothesis: pip install 'syntropism[testing]'"
    )
    assert "During handling" not in done.stderr


def test_everything_that_is_promised_is_there():
    assert all(hasattr(testing, name) for name in testing.__all__)
    assert sorted(testing.__all__) == testing.__all__


@given(testing.bid_requests(RULES, refused=False))
def test_bids_that_should_be_taken_are_taken(request):
    assert make_offer(request.bundle, request.amount, RULES).amount == request.amount
    if request.fallback_bundle is not None:
        make_offer(request.fallback_bundle, request.fallback_amount, RULES)


@given(testing.populations(RULES))
def test_newborns_can_cover_their_first_bid(births):
    for birth in births:
        assert require_files(birth.files)
        bid = birth.first_bid
        held = max(bid.amount, bid.fallback_amount) if bid else RULES.first_bid_amount
        assert birth.endowment >= held


@given(testing.bundles())
def test_the_model_knows_the_reserve_without_the_market(bundle):
    assert testing.Model(RULES).reserve(bundle) == reserve(bundle, RULES)


def test_the_machine_runs_on_parameters_of_ones_own():
    class Expensive(testing.EconomyMachine):
        parameters = evolve(RULES, window_fee=0, message_fee=0, spawn_fee=0, max_attempts=1)

    run_state_machine_as_test(
        Expensive, settings=settings(max_examples=10, stateful_step_count=15, deadline=None)
    )


def test_the_machine_takes_rules_of_ones_own():
    class Paranoid(testing.EconomyMachine):
        @rule(seconds=st.just(1))
        def never(self, seconds):
            raise AssertionError("this rule was run")

    with pytest.raises(AssertionError, match="this rule was run"):
        run_state_machine_as_test(
            Paranoid, settings=settings(max_examples=20, deadline=None, phases=[Phase.generate])
        )
