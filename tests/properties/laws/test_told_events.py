"""What events tell of a whole economy: every credit that burned, and what led to what."""

import pytest

from syntropism import Economy
from syntropism.domain.events import Event
from syntropism.strategies import names


@pytest.fixture(scope="module")
def lived() -> tuple[list[Event], int, int]:
    """The events of an economy, what burned in it, and what was refunded."""
    with Economy.in_memory(5, human="sensitive", genesis=True) as economy:
        for name in sorted(names()):
            economy.create_agent(name, 300, strategy=name)
        economy.run(20)
        with economy._store(read_only=True) as uow:
            flows = uow.ledger.transfers_since(None, 1_000_000)
            refunds = sum(one.amount for one in flows if one.kind.value == "refund")
            return uow.events.since(0, 1_000_000), uow.ledger.totals()[1], refunds


def test_every_burned_credit_is_told(lived: tuple[list[Event], int, int]) -> None:
    events, burned, refunds = lived
    told = [event.data for event in events if event.type == "economy.credits.burned"]
    assert sum(one["amount_micro"] for one in told) == burned + refunds
    assert {one["reason"] for one in told} >= {"payment", "message_fee", "spawn_fee"}


def test_payments_are_told_once_per_cycle(lived: tuple[list[Event], int, int]) -> None:
    events, _, _ = lived
    cycles = [
        event.data["cycle"]
        for event in events
        if event.type == "economy.credits.burned" and event.data["reason"] == "payment"
    ]
    assert len(cycles) == len(set(cycles)) > 5


def test_causes_come_before_what_they_caused(lived: tuple[list[Event], int, int]) -> None:
    events, _, _ = lived
    known: dict[str, str] = {}
    links = set()
    for event in events:
        if event.causation_id:
            links.add((known[event.causation_id], event.type))
        known[event.id] = event.type
    assert len(known) == len(events)
    assert links >= {
        ("market.bid.won", "execution.run.queued"),
        ("attention.prompt.scored", "attention.reward.issued"),
        ("population.agent.spawned", "market.bid.placed"),
    }, links
    assert ("execution.run.leased", "execution.run.leased") not in links
