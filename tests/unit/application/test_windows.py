"""What remains of a window: its dead letter, and whether it may be tried again."""

import pytest
from dependency_injector import providers

from syntropism import Economy
from syntropism.application.commands.messaging import send_message
from syntropism.application.effects import Effects
from syntropism.application.ports.sandbox import ProviderFailed, Termination, WindowOutcome
from syntropism.application.ports.tokens import AgentIdentity
from syntropism.entrypoints.behaviours import Behaviours
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.wiring import Wiring


def economy_in(sandbox):
    behaviours = Behaviours()
    container = Container(wiring=Wiring(seed=1, behaviours=behaviours))
    container.sandbox.override(providers.Object(sandbox))
    return Economy(container, behaviours, genesis=False), container


class Ending:
    """A sandbox whose windows all end in one way."""

    def __init__(self, termination):
        self.outcome = WindowOutcome(termination=termination, detail="because")

    def run(self, _spec, _cancelled):
        return self.outcome


@pytest.mark.parametrize("termination", list(Termination), ids=str)
def test_the_agents_own_failures_are_kept_for_inspection_unless_it_ran_out_of_something(
    termination,
):
    economy, container = economy_in(Ending(termination))
    economy.create_agent("ada", 500)
    economy.step()
    with container.store()(read_only=True) as uow:
        letters = uow.dead_letters.page(10)
    kept = termination in (Termination.FAILED, Termination.KILLED)
    assert [letter.ours for letter in letters] == ([False] if kept else [])
    assert economy.audit().ok


class Reading:
    """A sandbox in which an agent reads its letters, and that then breaks down."""

    def __init__(self):
        self.attempts = []

    def run(self, spec, _cancelled):
        who = AgentIdentity(spec.agent_id, spec.execution_id, spec.attempt)
        page = self.service.inbox(who, 10, None, unread=True)
        self.attempts.append([letter["content"] for letter in page["items"]])
        raise ProviderFailed("the daemon is gone")


def test_an_attempt_that_has_read_its_letters_is_not_tried_again():
    sandbox = Reading()
    economy, container = economy_in(sandbox)
    sandbox.service = container.service()
    ada = economy.create_agent("ada", 500)
    bob = economy.create_agent("bob", 500, first_bid=None)
    write(container, bob.id, ada.id, "hello")
    economy.step()
    assert sandbox.attempts == [["hello"]]
    assert economy.audit().ok


def test_an_attempt_that_found_no_letters_is_tried_again():
    sandbox = Reading()
    economy, container = economy_in(sandbox)
    sandbox.service = container.service()
    economy.create_agent("ada", 500)
    economy.step()
    assert sandbox.attempts == [[]] * economy.parameters.max_attempts


def write(container, sender, to, content):
    with container.store()() as uow:
        send_message(Effects(uow, container.rules(), sender), sender, to, content)
        uow.commit()


class Stumbling:
    """A sandbox that one agent makes stumble over a bug of its own."""

    def __init__(self):
        self.victims = set()

    def run(self, spec, _cancelled):
        if spec.agent_id in self.victims:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "what a name for a file")
        return WindowOutcome(termination=Termination.COMPLETED)


def test_what_is_nobodys_known_fault_is_the_agents_and_the_economy_goes_on(caplog):
    sandbox = Stumbling()
    economy, _ = economy_in(sandbox)
    eve = economy.create_agent("eve", 500)
    economy.create_agent("ada", 500)
    sandbox.victims.add(eve.id)
    economy.step()
    ended = {row["agent_id"]: row["status"] for row in economy.report().executions}
    assert sorted(ended.values()) == ["completed", "failed"]
    assert ended[eve.id] == "failed"
    assert "UnicodeDecodeError" in caplog.text
    assert economy.audit().ok
