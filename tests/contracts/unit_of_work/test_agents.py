"""The population."""

from datetime import timedelta

import pytest

from syntropism.domain.attention.prompts import PromptStatus
from syntropism.domain.errors import Conflict
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.market.bids import BidStatus
from syntropism.domain.population.agents import AgentStatus, CauseOfDeath


def test_an_agent_is_kept_as_it_was_born(town, uow):
    ada = town.agent(uow)
    child = ada.child(town.id(), "bob", "scholar", 3, town.later())
    uow.agents.add(child)
    assert uow.agents.get(ada.id) == ada
    assert uow.agents.get(child.id) == child
    assert uow.agents.get("nobody") is None


def test_an_agent_is_born_once(town, uow):
    ada = town.agent(uow)
    with pytest.raises(Conflict):
        uow.agents.add(ada)


def test_what_becomes_of_an_agent_is_kept(town, uow):
    ada, bob = town.agent(uow), town.agent(uow, "bob")
    changed = [ada.dead(CauseOfDeath.BROKE, 9), bob.dormant().slept()]
    uow.agents.save(changed)
    assert [uow.agents.get(ada.id), uow.agents.get(bob.id)] == changed


def test_locked_agents_come_in_the_order_of_their_ids(town, uow):
    agents = [town.agent(uow, name) for name in "abc"]
    locked = uow.agents.lock([agents[2].id, "nobody", agents[0].id, agents[2].id])
    assert list(locked) == [agents[0].id, agents[2].id]
    assert list(locked.values()) == [agents[0], agents[2]]


def test_the_dead_are_not_among_the_living_but_are_remembered(town, uow):
    agents = [town.agent(uow, name) for name in "abcd"]
    sleeping, dead = agents[1].dormant(), agents[2].dead(CauseOfDeath.KILLED, 2)
    uow.agents.save([sleeping, dead])
    assert uow.agents.living() == [agents[0], sleeping, agents[3]]
    assert uow.agents.everyone() == [agents[0], sleeping, dead, agents[3]]


def test_who_died_in_a_cycle_is_found_by_it(town, uow):
    agents = [town.agent(uow, name) for name in "abcd"]
    early = agents[3].dead(CauseOfDeath.BROKE, 1)
    late = [agents[2].dead(CauseOfDeath.KILLED, 2), agents[0].dead(CauseOfDeath.BROKE, 2)]
    uow.agents.save([early, *late])
    assert uow.agents.died_in(2) == [late[1], late[0]]
    assert uow.agents.died_in(1) == [early]
    assert uow.agents.died_in(3) == []


def test_who_had_died_before_a_moment_is_found_among_those_asked_for(town, uow):
    ada, bob, carol = (town.agent(uow, name) for name in ("ada", "bob", "carol"))
    uow.agents.save([ada.dead(CauseOfDeath.BROKE, 1), bob.dead(CauseOfDeath.KILLED, 1)])
    asked, now = [carol.id, ada.id, "nobody"], uow.now()
    assert uow.agents.died_before(asked, now) == set()
    assert uow.agents.died_before(asked, now + timedelta(seconds=1)) == {ada.id}
    assert uow.agents.died_before([], now + timedelta(seconds=1)) == set()


def test_births_are_counted_among_those_who_live(town, uow):
    ada = town.agent(uow)
    children = [ada.child(town.id(), name, "scholar", 3, town.later()) for name in "bcd"]
    for child in children:
        uow.agents.add(child)
    uow.agents.save([children[0].dead(CauseOfDeath.BROKE, 3), children[1].dormant()])
    assert uow.agents.born_in(3) == 2
    assert uow.agents.born_in(4) == 0


def test_pages_are_newest_first_and_can_be_filtered(town, uow):
    agents = [town.agent(uow, name) for name in "abcde"]
    asleep = agents[1].dormant()
    uow.agents.save([asleep])
    assert uow.agents.page(2) == [agents[4], agents[3]]
    assert uow.agents.page(2, before=agents[3].id) == [agents[2], asleep]
    assert uow.agents.page(9, status=AgentStatus.DORMANT) == [asleep]


def test_names_need_not_be_unique(town, uow):
    first, _, second = (town.agent(uow, name) for name in ("ada", "bob", "ada"))
    assert uow.agents.named("ada") == [first, second]
    assert uow.agents.named("eve") == []


def test_idle_is_who_has_nothing_open_and_who_is_dormant(town, uow):
    idle, bidding, busy, asking, asleep, dead = (
        town.agent(uow, name, 100) for name in ("i", "bid", "busy", "ask", "sleep", "dead")
    )
    town.bid(uow, bidding)
    town.execution(uow, busy)
    done = town.execution(uow, asking)
    uow.executions.save(
        done.leased("w", town.later()).ended(ExecutionStatus.KILLED, now=town.later(), cycle=4)
    )
    prompt = town.prompt(uow, done)
    asleep, dead = asleep.dormant(), dead.dead(CauseOfDeath.BROKE, 2)
    uow.agents.save([asleep, dead])
    town.bid(uow, asleep, payer=idle.id)
    assert uow.agents.idle() == [idle, asleep]
    uow.prompts.save(prompt.ended(PromptStatus.SKIPPED, 6))
    bid = uow.bids.open_for(bidding.id)
    uow.bids.save([bid.ended(BidStatus.WITHDRAWN, 5)])
    assert uow.agents.idle() == [idle, bidding, asking, asleep]
