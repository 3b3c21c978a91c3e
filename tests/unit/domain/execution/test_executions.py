"""The state machine of an execution has exactly the arrows of DESIGN §4."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from attrs import evolve

from syntropism.application.queries.auditing.past import ARROWS
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Conflict, NoAttention, Unauthenticated
from syntropism.domain.execution.executions import UNFINISHED, Execution, ExecutionStatus
from syntropism.domain.market.resources import Bundle

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=60)
S = ExecutionStatus
QUEUED = Execution(
    id="e",
    agent_id="a",
    bid_id="b",
    payer="a",
    cycle=1,
    bundle=Bundle(1, 64, 10, 0, 2),
    payment=5,
    queued_at=NOW,
)
FINAL = [status for status in S if status not in UNFINISHED]

DESIGN = {
    (S.QUEUED, S.LEASED),
    (S.QUEUED, S.KILLED),
    (S.QUEUED, S.DEAD_LETTERED),
    (S.LEASED, S.RUNNING),
    (S.LEASED, S.QUEUED),
    (S.LEASED, S.KILLED),
    (S.LEASED, S.DEAD_LETTERED),
    (S.RUNNING, S.QUEUED),
    *((S.RUNNING, status) for status in FINAL),
}


def become(status):
    if status is S.LEASED:
        return lambda one: one.leased("w", LATER)
    if status is S.RUNNING:
        return lambda one: one.running(NOW, LATER)
    if status is S.QUEUED:
        return lambda one: one.requeued(LATER)
    return lambda one: one.ended(status, now=LATER, cycle=2)


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_the_arrows_are_those_of_the_design_and_no_others(before, after):
    one = evolve(QUEUED, status=before)
    if (before, after) in DESIGN:
        assert become(after)(one).status is after
    else:
        with pytest.raises(Conflict):
            become(after)(one)


def test_the_audit_knows_the_same_arrows():
    told = {
        (S(before), S(after))
        for before, afters in ARROWS["execution"].items()
        for after in afters
        if before is not None
    }
    assert told == DESIGN


def test_only_the_current_attempt_is_under_way():
    leased = QUEUED.leased("w", LATER)
    running = leased.running(NOW, LATER)
    assert leased.under_way(1) and running.under_way(1)
    assert not running.under_way(0) and not running.under_way(2)
    again = running.requeued(LATER)
    assert not again.under_way(1), "taken back: the attempt before is not heard any more"
    assert again.attempt == 1 and again.leased("w", LATER).attempt == 2
    assert not running.ended(S.COMPLETED, now=LATER, cycle=1).under_way(1)


def test_a_deadline_is_the_start_plus_the_duration():
    assert QUEUED.leased("w", LATER).running(NOW, LATER).deadline == NOW + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("attempt", "seconds", "allowed"),
    [(1, 0, True), (1, 15, True), (1, 15.001, False), (0, 0, False), (2, 0, False)],
)
def test_a_token_is_good_for_its_attempt_until_deadline_and_grace(attempt, seconds, allowed):
    running = QUEUED.leased("w", LATER).running(NOW, LATER)
    now = NOW + timedelta(seconds=seconds)
    if allowed:
        running.require_current(attempt, now, 5_000)
        return
    with pytest.raises(Unauthenticated):
        running.require_current(attempt, now, 5_000)


@pytest.mark.parametrize("status", [status for status in S if status is not S.RUNNING])
def test_nobody_acts_outside_of_a_running_window(status):
    with pytest.raises(Unauthenticated):
        evolve(QUEUED, status=status, attempt=1, deadline=LATER).require_current(1, NOW, 0)


def test_one_prompt_per_slot():
    once = QUEUED.prompted()
    twice = once.prompted()
    assert (once.attention_left, twice.attention_left) == (1, 0)
    with pytest.raises(NoAttention):
        twice.prompted()


@pytest.mark.parametrize(
    ("attempt", "acted", "again"), [(1, False, True), (3, False, False), (1, True, False)]
)
def test_a_fault_of_ours_is_tried_again_until_something_was_done(attempt, acted, again):
    one = evolve(QUEUED, attempt=attempt, acted=acted)
    assert one.retriable(EconomicParameters(max_attempts=3)) is again
    assert QUEUED.acting().acting().acted
