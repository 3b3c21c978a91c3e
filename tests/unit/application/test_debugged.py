"""A debugged agent has no deadline; every other agent has."""

from datetime import timedelta

import pytest

from syntropism import Bundle, Economy
from syntropism.application.ports.debugging import LASTS_MS, Debugging
from syntropism.application.ports.sandbox import WindowSpec
from syntropism.application.verdicts import LIFTED_CPU_MS, limits_of
from syntropism.domain.errors import Unauthenticated
from syntropism.domain.identifiers import AgentId

GRACE = timedelta(seconds=5)
BUNDLE = Bundle(cpu_seconds=1, memory_mb=64, duration_seconds=10)


class Seen:
    """A sandbox that remembers what it was to run."""

    def __init__(self, inner: object) -> None:
        self.specs: dict[str, WindowSpec] = {}
        self._inner = inner

    def run(self, spec: WindowSpec, cancelled: object) -> object:
        self.specs[spec.agent_id] = spec
        return self._inner.run(spec, cancelled)  # type: ignore[attr-defined]


@pytest.fixture
def town() -> dict:
    """Ada is debugged, Bob is not, and both have lived one window."""
    economy = Economy.in_memory()
    ada = economy.create_agent("ada", 500, first_bid=(BUNDLE, 60))
    bob = economy.create_agent("bob", 500, first_bid=(BUNDLE, 60))
    container = economy._container
    sandbox = Seen(container.sandbox())
    container.sandbox.override(sandbox)
    container.wiring().debug_order.agent_id = AgentId(ada.id)
    container.worker.reset()
    container.cycle.reset()
    worker = container.worker()
    debugging = Debugging(relay=None, bridge=None, wait=True)  # type: ignore[arg-type]
    object.__setattr__(worker, "debugging", debugging)
    economy._cycle = container.cycle()
    economy.step()
    return {"economy": economy, "ada": ada.id, "bob": bob.id, "specs": sandbox.specs}


def test_deadline_and_budget_are_lifted_for_one_alone(town: dict) -> None:
    debugged, other = town["specs"][town["ada"]], town["specs"][town["bob"]]
    assert debugged.debug is not None
    assert debugged.duration_ms == LASTS_MS
    assert limits_of(debugged).cpu_ms == LIFTED_CPU_MS
    assert debugged.env_document["debug"] is True
    assert other.debug is None
    assert other.duration_ms == 10_000
    assert limits_of(other).cpu_ms == 1_000
    assert limits_of(other).memory_bytes == 64_000_000
    assert limits_of(other).processes == other.processes_max
    assert other.env_document["debug"] is False


def test_the_store_and_the_tokens_say_the_same(town: dict) -> None:
    container = town["economy"]._container
    with container.store()(read_only=True) as uow:
        windows = {one.agent_id: one for one in uow.executions.page(10, None)}
    for name, lasts in (("ada", timedelta(milliseconds=LASTS_MS)), ("bob", timedelta(seconds=10))):
        window = windows[town[name]]
        assert window.deadline - window.started_at == lasts
        token = town["specs"][town[name]].environment["SYSTEM_SERVICE_TOKEN"]
        end = window.deadline + GRACE
        assert container.tokens().verify(token, end).agent_id == town[name]
        with pytest.raises(Unauthenticated):
            container.tokens().verify(token, end + timedelta(seconds=2))


def test_the_laws_hold_all_the_same(town: dict) -> None:
    assert town["economy"].audit().ok
