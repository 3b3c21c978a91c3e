"""A redelivery has no second effect, and a failure leaves none."""

import pytest

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SimulatedClock
from syntropism.application.consuming import Consumer


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
