"""What a service that starts waits for, and what it gives up on at once."""

from threading import Event

import pytest

from syntropism.application.ports.unit_of_work import StorageAway, StorageFailed, TryAgain
from syntropism.entrypoints.services.patience import Patience, when_it_answers


@pytest.mark.parametrize("passing", [StorageAway, TryAgain])
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
