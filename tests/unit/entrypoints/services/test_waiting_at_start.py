"""What a service that starts waits for, and what it gives up on at once."""

from threading import Event

import pytest

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SeededIds, SimulatedClock
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.application.operator_service import OperatorService
from syntropism.application.ports.unit_of_work import (
    CommitLost,
    StorageAway,
    StorageFailed,
    TryAgain,
)
from syntropism.application.rules import Rules
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.entrypoints.services.patience import Patience, when_it_answers
from syntropism.testing.faults import Faults, faulty_store


@pytest.mark.parametrize("passing", [StorageAway, TryAgain, CommitLost])
def test_what_passes_is_waited_for(passing, monkeypatch):
    monkeypatch.setattr(Event, "wait", lambda *_: False)
    told, failures = [], [passing("the connection was lost")]

    def ask():
        if failures:
            raise failures.pop()
        return "here"

    stop = Event()
    assert when_it_answers(ask, Patience(stop, told.append), stop) == "here"
    assert told == ["the connection was lost; trying again", "it answers again"]


def test_what_does_not_pass_is_told_at_once():
    stop = Event()

    def ask():
        raise StorageFailed("the password is wrong")

    with pytest.raises(StorageFailed, match="password"):
        when_it_answers(ask, Patience(stop, print), stop)


@pytest.mark.parametrize(
    "fault",
    [
        "UnitOfWork.commit raises CommitLost after",
        "UnitOfWork.__enter__ raises StorageAway before",
        "UnitOfWork.commit raises TryAgain before",
    ],
)
def test_the_token_of_the_first_admin_is_shown_whatever_was_lost(fault, monkeypatch):
    """It is made once and shown once: to make it again with another secret would be refused."""
    monkeypatch.setattr(Event, "wait", lambda *_: False)
    plain, stop = MemoryStore(SimulatedClock()), Event()
    faults = Faults(at={fault: [1]})
    rules = Rules(EconomicParameters(), SeededIds(1, SimulatedClock()))

    def operators(store):
        return OperatorService(store, rules, MemoryWorkspaces())

    service = operators(faulty_store(plain, faults))
    made = when_it_answers(lambda: service.bootstrap("secret"), Patience(stop, print), stop)
    assert made
    assert faults.injected
    assert operators(plain).authenticate("secret").role == "admin"
    assert not operators(plain).bootstrap("another")
