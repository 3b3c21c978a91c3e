"""Statuses replayed from events (law 13)."""

from datetime import UTC, datetime

import pytest

from syntropism.application.queries.auditing.past import ARROWS
from syntropism.domain.attention.prompts import PromptStatus
from syntropism.domain.events import Event
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.history import change_of, replay_statuses
from syntropism.domain.market.bids import BidStatus
from syntropism.domain.population.agents import AgentStatus


def event(kind, **data):
    return Event("e", kind, datetime(2026, 1, 1, tzinfo=UTC), data)


def test_the_last_event_counts():
    history = [
        event("market.bid.placed", bid_id="b"),
        event("market.bid.outbid", bid_id="b"),
        event("market.bid.won", bid_id="b"),
        event("execution.run.queued", execution_id="x"),
        event("execution.run.leased", execution_id="x"),
        event("execution.run.terminated", execution_id="x", status="oom_killed"),
        event("population.agent.spawned", agent_id="a"),
        event("population.agent.dormant", agent_id="a"),
        event("population.agent.awakened", agent_id="a"),
    ]
    assert replay_statuses(history) == {
        ("bid", "b"): "won",
        ("execution", "x"): "oom_killed",
        ("agent", "a"): "alive",
    }


def test_losing_a_round_is_an_event_and_not_a_status():
    assert change_of(event("market.bid.outbid", bid_id="b")) is None


@pytest.mark.parametrize(
    ("entity", "statuses"),
    [
        ("agent", AgentStatus),
        ("bid", BidStatus),
        ("execution", ExecutionStatus),
        ("prompt", PromptStatus),
    ],
)
def test_the_audit_knows_a_way_to_every_status(entity, statuses):
    reached = {after for afters in ARROWS[entity].values() for after in afters}
    assert reached == {status.value for status in statuses}
