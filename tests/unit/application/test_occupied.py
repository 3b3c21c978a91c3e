"""What windows hold, read while agents act."""

from attrs import evolve

from syntropism.application.commands.cycle_steps import occupied
from syntropism.domain.credits import MICRO


def test_a_prompt_submitted_between_two_readings_has_one_slot(town):
    town.born("ada")
    town.clear()
    (me,) = town.lives()
    before = town.ask(lambda uow: uow.executions.unfinished())
    parameters = town.rules.parameters
    assert occupied(before, [], parameters)[3] == 1_000
    town.service.submit_prompt(me, "look", MICRO, None)
    queued = town.ask(lambda uow: uow.prompts.queued())
    assert len(queued) == 1
    assert occupied(before, queued, parameters)[3] == 1_000
    after = [evolve(one, prompts_submitted=1) for one in before]
    assert occupied(after, queued, parameters)[3] == 1_000
    assert occupied([], queued, parameters)[3] == 1_000
