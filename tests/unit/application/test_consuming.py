"""A redelivery has no second effect, and a failure leaves none."""

from datetime import timedelta

import pytest

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.application.consuming import Consumer
from syntropism.application.ports.unit_of_work import CommitLost
from syntropism.testing.faults import Faults, faulty_store


def counted(uow, event) -> None:
    uow.positions.save("count", uow.positions.get("count") + 1)
    if event.get("poison"):
        raise RuntimeError("poisoned")


def test_an_event_has_its_effect_once_however_often_it_is_delivered():
    store = MemoryStore(SimulatedClock())
    one = Consumer(store, "one", counted)
    assert [one.take({"id": name}) for name in "abaab"] == [True, True, False, False, False]
    assert Consumer(store, "two", counted).take({"id": "a"})
    with pytest.raises(RuntimeError):
        one.take({"id": "c", "poison": True})
    assert one.take({"id": "c"})
    with store(read_only=True) as uow:
        assert uow.positions.get("count") == 4


@pytest.mark.parametrize(
    "fault",
    ["UnitOfWork.commit raises TryAgain before", "ConsumedKeys.first raises TryAgain after"],
)
def test_a_transaction_that_is_lost_is_run_again(fault):
    store = MemoryStore(SimulatedClock())
    one = Consumer(faulty_store(store, Faults(at={fault: [1, 2, 4]})), "one", counted)
    assert [one.take({"id": name}) for name in "abab"] == [True, True, False, False]
    with store(read_only=True) as uow:
        assert uow.positions.get("count") == 2


def test_forgetting_is_run_again_too():
    store = MemoryStore(SimulatedClock())
    faults = Faults(at={"UnitOfWork.commit raises TryAgain before": [2]})
    one = Consumer(faulty_store(store, faults), "one", counted)
    one.take({"id": "a"})
    assert one.forget(timedelta(seconds=-1)) == 1
    assert faults.injected


def test_an_effect_whose_commit_was_not_told_is_not_repeated():
    store = MemoryStore(SimulatedClock())
    faults = Faults(at={"UnitOfWork.commit raises CommitLost after": [1]})
    one = Consumer(faulty_store(store, faults), "one", counted)
    with pytest.raises(CommitLost):
        one.take({"id": "a"})
    assert one.take({"id": "a"}) is False
    with store(read_only=True) as uow:
        assert uow.positions.get("count") == 1
