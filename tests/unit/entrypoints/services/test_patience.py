"""What may come back is waited for, what will not is told at once; and probes do not lie."""

import json
import time
import urllib.error
import urllib.request
from threading import Event

import pytest

from syntropism.adapters.rest.server import listen
from syntropism.application.ports.unit_of_work import StorageAway, StorageFailed
from syntropism.entrypoints.services import health as health_module
from syntropism.entrypoints.services import patience as patience_module
from syntropism.entrypoints.services.health import Health, probes
from syntropism.entrypoints.services.patience import Patience, Stopped, when_it_answers
from syntropism.entrypoints.wiring import CannotServe


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(patience_module, "PAUSE_SECONDS_MIN", 0.001)


def asker(*answers):
    """Raises or gives one after the other."""
    left = list(answers)

    def ask():
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def test_who_does_not_answer_is_asked_again_and_that_is_told_once(quick):
    told, stop = [], Event()
    away = StorageAway("nobody there")
    found = when_it_answers(asker(away, away, away, 7), Patience(stop, told.append), stop)
    assert found == 7
    assert told == ["nobody there; trying again", "it answers again"]


def test_what_waiting_does_not_mend_is_not_waited_for(quick):
    told, stop = [], Event()
    with pytest.raises(StorageFailed, match="wrong password"):
        when_it_answers(asker(StorageFailed("wrong password")), Patience(stop, told.append), stop)
    assert told == []


def test_who_waits_can_be_stopped(quick):
    stop = Event()

    def ask():
        stop.set()
        raise StorageAway("nobody there")

    with pytest.raises(Stopped):
        when_it_answers(ask, Patience(stop, lambda _: None), stop)


def test_at_work_trouble_is_borne_for_a_while(quick, monkeypatch):
    patience = Patience(Event(), lambda _: None)
    for _ in range(3):
        patience.failed(StorageFailed("the disk is full"))
    monkeypatch.setattr(patience_module, "TROUBLE_SECONDS_MAX", 0.0)
    with pytest.raises(StorageFailed):
        patience.failed(StorageFailed("the disk is full"))
    patience.failed(StorageAway("gone for a while"))


def ask(port: int, path: str):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


@pytest.fixture
def port():
    listener = listen("127.0.0.1", 0)
    number = listener.getsockname()[1]
    listener.close()
    return number


def test_probes_tell_how_things_are(port, monkeypatch):
    health = Health()
    with probes(health, "127.0.0.1", port):
        assert ask(port, "/healthz")[0] == 200
        assert ask(port, "/readyz") == (
            503,
            {"error": {"code": "UNAVAILABLE", "message": "starting"}},
        )
        health.now("leading", ready=True)
        assert ask(port, "/readyz") == (200, {"data": {"status": "leading"}})
        monkeypatch.setattr(health_module, "SILENCE_SECONDS_MAX", 0.01)
        time.sleep(0.05)
        for path in ("/healthz", "/readyz"):
            status, document = ask(port, path)
            assert (status, document["error"]["message"]) == (503, "stuck")
        assert ask(port, "/else")[0] == 404


def test_a_port_in_use_is_one_line(port):
    second = probes(Health(), "127.0.0.1", port)
    with probes(Health(), "127.0.0.1", port), pytest.raises(CannotServe, match="probes"):
        second.__enter__()


def test_no_port_is_no_probe():
    with probes(Health(), "127.0.0.1", 0):
        pass
