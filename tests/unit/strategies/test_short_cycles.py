"""Families live in economies whose cycles are shorter than their usual window."""

import pytest
from attrs import evolve

from syntropism import EconomicParameters, Economy
from syntropism.strategies import names


@pytest.mark.parametrize("strategy", names())
def test_a_family_bids_on_when_a_cycle_is_shorter_than_its_window(strategy):
    parameters = evolve(EconomicParameters(), cycle_ms=2_000, wait_for_human_cycles=0)
    economy = Economy.in_memory(1, parameters=parameters, human="flat")
    agent = economy.create_agent("one", 1_000, strategy=strategy)
    report = economy.run(6)
    assert agent.status == "alive"
    windows = [row.status for row in report.executions if row.agent_id == agent.id]
    assert windows == ["completed"] * 6
