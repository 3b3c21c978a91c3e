"""A dead letter is dealt with once."""

from datetime import UTC, datetime

import pytest

from syntropism.domain.errors import Conflict
from syntropism.domain.execution.dead_letters import DeadLetter, DeadLetterStatus

LETTER = DeadLetter(
    id="l",
    execution_id="e",
    agent_id="a",
    reason="exit code 1",
    ours=False,
    env={},
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.mark.parametrize("first", [DeadLetterStatus.RETRIED, DeadLetterStatus.DISCARDED])
@pytest.mark.parametrize("second", [DeadLetterStatus.RETRIED, DeadLetterStatus.DISCARDED])
def test_it_is_closed_once(first, second):
    closed = LETTER.closed(first, "bid")
    assert (closed.status, closed.retry_bid_id) == (first, "bid")
    with pytest.raises(Conflict):
        closed.closed(second)
