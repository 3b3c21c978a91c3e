"""What becomes of an agent at the end of a cycle, in full."""

from datetime import UTC, datetime
from itertools import product

import pytest
from attrs import evolve

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Conflict
from syntropism.domain.population.agents import Agent, AgentStatus, CauseOfDeath, Standing, fate

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULES = EconomicParameters(dormancy_cycles_max=3)
LEAST = 100
ALIVE = Agent("a", "ada", "", None, 0, 1, NOW)
EVERY_STANDING = [
    Standing(bid, window, prompt, balance)
    for bid, window, prompt, balance in product(
        (False, True), (False, True), (False, True), (0, LEAST - 1, LEAST, LEAST + 1)
    )
]


def become(agent, standing):
    return fate(agent, standing, LEAST, RULES)


@pytest.mark.parametrize("standing", EVERY_STANDING)
def test_whoever_has_something_open_lives_on(standing):
    engaged = standing.open_bid or standing.window or standing.prompt_queued
    if engaged:
        assert become(ALIVE, standing) is AgentStatus.ALIVE
    elif standing.balance >= LEAST:
        assert become(ALIVE, standing) is AgentStatus.DORMANT
    else:
        assert become(ALIVE, standing) is CauseOfDeath.BROKE


@pytest.mark.parametrize("standing", EVERY_STANDING)
@pytest.mark.parametrize("slept", [0, 1, 2, 3])
def test_sleepers_die_of_dormancy_unless_a_sponsored_window_runs(standing, slept):
    sleeper = evolve(ALIVE.dormant(), dormant_cycles=slept)
    becomes = become(sleeper, standing)
    if standing.window:
        assert becomes is AgentStatus.DORMANT
    elif slept + 1 >= 3:
        assert becomes is CauseOfDeath.DORMANCY
    elif standing.open_bid or standing.prompt_queued or standing.balance >= LEAST:
        assert becomes is AgentStatus.DORMANT
    else:
        assert becomes is CauseOfDeath.BROKE


@pytest.mark.parametrize("standing", EVERY_STANDING)
def test_the_dead_stay_dead(standing):
    dead = ALIVE.dead(CauseOfDeath.KILLED, 7)
    assert become(dead, standing) is AgentStatus.DEAD
    assert (dead.died_cycle, dead.cause_of_death) == (7, CauseOfDeath.KILLED)
    for change in (
        lambda: dead.dead(CauseOfDeath.BROKE, 8),
        lambda: dead.child("b", "bob", "", 8, NOW),
    ):
        with pytest.raises(Conflict):
            change()


def test_a_child_is_one_generation_further():
    child = evolve(ALIVE, generation=4).child("b", "bob", "poet", 9, NOW)
    assert (child.parent_id, child.generation, child.born_cycle) == ("a", 5, 9)


def test_waking_forgets_how_long_it_slept():
    sleeper = ALIVE.dormant().slept().slept()
    assert sleeper.dormant_cycles == 2
    assert sleeper.awake() == ALIVE


def test_a_cooldown_ends():
    cooling = ALIVE.bought_attention(5, RULES)
    last = 5 + RULES.attention_cooldown_cycles
    assert cooling.cooling(5) and cooling.cooling(last) and not cooling.cooling(last + 1)
    assert not ALIVE.cooling(0)
