"""A desk whose store or queue fails between claiming, leasing and telling."""

import pytest
from tests.unit.application.conftest import founded

from syntropism.adapters.memory.queue import MemoryQueue
from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.application.commands.dying import kill_agent
from syntropism.application.desk import AGAIN_MS, Desk
from syntropism.application.ports.execution_queue import QueueItem
from syntropism.application.ports.unit_of_work import StorageAway, StorageFailed
from syntropism.domain.market.resources import Bundle

SMALL = Bundle("0.1", 32, 10)


class Trouble:
    """A store and a queue in memory, which fail when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.store_away = self.deaf = False
        self.claims_left = 100
        self.inner = MemoryQueue(lambda: self.seconds)
        clock = SimulatedClock()
        self.town = founded(MemoryStore(clock), clock)
        for one in range(3):
            self.town.born(f"agent-{one}", bundle=SMALL)
        self.town.clear()
        queued = self.town.ask(lambda uow: uow.executions.unfinished())
        self.inner.offer([QueueItem(one.id, one.attempt) for one in queued])
        self.desk = Desk(
            worker_id="ada",
            store=self.store,
            rules=self.town.rules,
            tokens=EdDsaTokens(new_key()),
            queue=self,
            renews=True,
        )

    def store(self, **options):
        if self.store_away:
            raise StorageAway("the database does not answer")
        return self.town.store(**options)

    def claim(self, worker_id, limit):
        if self.claims_left == 0:
            raise StorageFailed("the queue does not answer")
        self.claims_left -= 1
        return self.inner.claim(worker_id, limit)

    def done(self, receipt):
        self._heard()
        self.inner.done(receipt)

    def give_back(self, receipt, delay_ms):
        self._heard()
        self.inner.give_back(receipt, delay_ms)

    def _heard(self):
        if self.deaf:
            raise StorageFailed("the queue does not answer")


@pytest.fixture
def trouble():
    return Trouble()


def test_what_was_claimed_while_the_store_was_away_is_told_again_in_a_moment(trouble):
    trouble.store_away = True
    with pytest.raises(StorageAway):
        trouble.desk.lease(3)
    trouble.store_away = False
    trouble.seconds += AGAIN_MS / 1_000
    assert len(trouble.desk.lease(3)) == 3


def test_the_failure_of_the_store_is_told_even_where_the_queue_fails_too(trouble):
    trouble.store_away = trouble.deaf = True
    with pytest.raises(StorageAway):
        trouble.desk.lease(3)


def test_windows_that_are_leased_are_not_lost_when_the_queue_fails(trouble):
    """One of two is there no more, so it looks further, and neither says so nor finds more."""
    first = trouble.inner.claim("bert", 1)[0]
    trouble.inner.give_back(first.receipt, 0)
    agent_id = trouble.town.window(first.execution_id).agent_id
    trouble.town.do(lambda fx: kill_agent(fx, agent_id))
    trouble.deaf = True
    trouble.claims_left = 1
    assert len(trouble.desk.lease(2)) == 1
