"""The audit's answer: what was looked at, what is wrong, and that it is bounded."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings

from syntropism.application.commands.dying import kill_agent
from syntropism.application.commands.prompting import score_prompt
from syntropism.application.commands.spawning import BirthRequest, spawn
from syntropism.application.queries.audit import audit
from syntropism.application.queries.auditing.evidence import FINDINGS_MAX
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.credits import MICRO
from syntropism.domain.economy.accounts import MINT_GENESIS
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.market.resources import Capacity
from syntropism.testing import economies


def report(town, parameters=None):
    return town.ask(lambda uow: audit(uow, parameters or town.rules.parameters))


def lived(town):
    """A town with a bit of everything."""
    ada, bob = town.born("ada"), town.born("bob")
    town.clear()
    who, other = town.lives()
    prompt = town.service.submit_prompt(who, "look", MICRO, None)
    town.service.submit_prompt(other, "here", 0, None)
    town.service.transfer(who, bob, MICRO, "", None)
    town.do(lambda fx: score_prompt(fx, prompt["id"], Scores(1, 2, 3), "somebody"))
    return ada


def test_an_empty_store_and_a_founded_one_are_in_order(town):
    assert report(town).ok
    assert report(town).findings == ()


def test_it_tells_what_it_has_looked_at(town):
    lived(town)
    found = report(town)
    assert found.ok
    assert found.checked["agents"] == found.checked["bids"] == found.checked["prompts"] == 2
    assert found.checked["executions"] == 2 and found.checked["responses"] == 1
    assert found.checked["transfers"] > 8 and found.checked["events"] > 10


def test_new_parameters_do_not_make_an_old_history_wrong(town):
    """Fees and weights are recorded when they are used; capacity is traced back to its cycles."""
    lived(town)
    changed = evolve(
        town.rules.parameters,
        spawn_fee=1,
        reward_useful=1,
        reward_interesting=0,
        capacity=Capacity(1, 32, 0, 0),
        max_attempts=1,
    )
    assert report(town, changed).ok


def test_findings_are_bounded_and_come_by_law(town):
    for number in range(FINDINGS_MAX + 20):
        agent = town.born(f"agent {number}", bundle=None)
        town.do(lambda fx, agent=agent: fx.uow.agents.save([_older(fx, agent)]))
    found = report(town)
    assert not found.ok
    assert sum(one.law == 12 for one in found.findings) == FINDINGS_MAX
    assert [one.law for one in found.findings] == sorted(one.law for one in found.findings)


def _older(fx, agent_id):
    return evolve(fx.uow.agents.get(agent_id), generation=3)


@pytest.mark.parametrize("kind", list(TransferKind))
def test_no_kind_of_transfer_may_leave_the_mint_unexplained(town, kind):
    agent = town.born("ada", bundle=None)
    town.do(lambda fx: fx.move(MINT_GENESIS, agent, 5, kind, "nothing"))
    assert 2 in {one.law for one in report(town).findings}


def test_it_changes_nothing(town):
    lived(town)
    before = town.ask(lambda uow: (uow.events.last_sequence(), uow.ledger.all_balances()))
    report(town)
    assert town.ask(lambda uow: (uow.events.last_sequence(), uow.ledger.all_balances())) == before


@settings(max_examples=15)
@given(economies())
def test_economies_of_the_public_strategy_obey_the_laws(economy):
    assert economy.audit().ok


def test_a_clock_that_goes_back_breaks_no_law(town):
    """Replicas have clocks of their own: the order of history decides who came first."""
    parent = lived(town)
    town.clock._now -= timedelta(hours=1)
    child = town.do(
        lambda fx: spawn(fx, parent, BirthRequest("child", 50 * MICRO, {"main.py": b""}))
    )
    town.do(lambda fx: kill_agent(fx, child.agent_id))
    assert report(town).ok
