"""What waits for humans, and the one answer each prompt may have."""

import pytest

from syntropism.domain.attention.prompts import PromptStatus, Response, Scores
from syntropism.domain.errors import Conflict


@pytest.fixture
def window(town, uow):
    return town.execution(uow, town.agent(uow, credits=1_000))


def test_a_prompt_is_kept_through_its_whole_life(town, uow, window):
    hold = town.hold(uow, window.agent_id, 5)
    prompt = town.prompt(uow, window, 5, hold_id=hold.id, content="<b>née</b> ☃")
    assert uow.prompts.get(prompt.id) == prompt
    scored = prompt.scored(Scores(0, 10, 7), 850, 6)
    uow.prompts.save(scored)
    assert uow.prompts.get(prompt.id) == scored
    other = town.prompt(uow, window)
    uow.prompts.save(other.ended(PromptStatus.EXPIRED, 9))
    assert uow.prompts.get(other.id) == other.ended(PromptStatus.EXPIRED, 9)
    assert uow.prompts.get("nothing") is None


def test_the_queue_is_what_waits_oldest_first(town, uow, window):
    first, second, third = (town.prompt(uow, window) for _ in range(3))
    uow.prompts.save(second.ended(PromptStatus.WITHDRAWN, 6))
    assert uow.prompts.queued() == [first, third]


def test_the_latest_of_an_agent_and_the_pages(town, uow, window):
    other = town.execution(uow, town.agent(uow, "bob", 100))
    prompts = [town.prompt(uow, window) for _ in range(3)]
    foreign = town.prompt(uow, other)
    assert uow.prompts.latest_of(window.agent_id) == prompts[2]
    assert uow.prompts.latest_of("nobody") is None
    assert uow.prompts.page(2) == [foreign, prompts[2]]
    assert uow.prompts.page(2, before=prompts[2].id) == prompts[1::-1]
    assert uow.prompts.page(9, agent_id=window.agent_id) == prompts[::-1]


def test_a_prompt_is_answered_once(town, uow, window):
    prompt = town.prompt(uow, window)
    answer = Response(town.id(), prompt.id, Scores(1, 2, 3), 300, "terminal", town.later())
    uow.prompts.respond(answer)
    with pytest.raises(Conflict), uow.savepoint():
        uow.prompts.respond(
            Response(town.id(), prompt.id, Scores(9, 9, 9), 1_350, "other", town.later())
        )
    assert uow.prompts.responses() == [answer]


def test_responses_are_oldest_first(town, uow, window):
    answers = [
        Response(
            town.id(), town.prompt(uow, window).id, Scores(n, n, n), n, "terminal", town.later(n)
        )
        for n in range(3)
    ]
    for answer in answers:
        uow.prompts.respond(answer)
    assert uow.prompts.responses() == answers
