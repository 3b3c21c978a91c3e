"""The commands themselves, with leases that outlive windows and with leases that are renewed."""

import pytest
from tests.contracts.worker_desk.suite import Counter, WorkerDeskContract
from tests.unit.application.conftest import founded

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.application.desk import Desk
from syntropism.application.row_queue import RowQueue


@pytest.fixture(params=[False, True], ids=["embedded", "renewing"])
def counter(request):
    clock = SimulatedClock()
    town = founded(MemoryStore(clock), clock)
    tokens = EdDsaTokens(new_key())
    desk = Desk(
        worker_id="ada",
        store=town.store,
        rules=town.rules,
        tokens=tokens,
        queue=RowQueue(town.store),
        renews=request.param,
    )
    return Counter(town=town, desk=desk, tokens=tokens)


class TestInProcess(WorkerDeskContract):
    """Every line of the contract."""
