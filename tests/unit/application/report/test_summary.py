import pytest
from attrs import evolve

from syntropism.application.queries.report import Table, summary, tables
from syntropism.application.queries.report.rows import PromptRow
from syntropism.application.queries.report.summary import best_prompts


@pytest.fixture(scope="module")
def found(lived):
    with lived.store(read_only=True) as uow:
        return tables(uow, lived.rules.parameters)


@pytest.fixture(scope="module")
def told(found):
    return summary(found)


def test_everybody_is_founder_or_born_and_living_or_dead(told, found) -> None:
    assert told.founders + told.births == len(found.agents)
    assert told.living + told.deaths == len(found.agents)
    assert sum(number for _, number in told.causes_of_death) == told.deaths
    assert sum(line.living for line in told.strategies) == told.living
    assert sum(line.ever for line in told.strategies) == len(found.agents)
    assert sum(one.agents for one in told.lineages) == len(found.agents)
    assert sum(one.living for one in told.lineages) == told.living


def test_money_is_that_of_the_ledger(told, lived) -> None:
    assert (told.minted.micro, told.burned.micro) == lived.store.ledger.totals()
    assert told.circulation == told.minted - told.burned
    endowments = told.minted - told.minted_by_humans
    assert endowments == 10_000 + 1_000 + 6 * 150 + 60


def test_every_final_window_has_an_outcome(told, found) -> None:
    assert sum(number for _, number in told.outcomes) == sum(
        row.ended_at is not None for row in found.executions
    )


def test_the_longest_lineage_comes_first(told, found) -> None:
    depths = [one.generations for one in told.lineages]
    assert depths == sorted(depths, reverse=True)
    assert depths[0] == 1 + max(row.generation for row in found.agents)


def test_the_best_prompt_has_the_highest_score(told, found) -> None:
    assert told.best_prompt.mean_score == max(
        row.mean_score for row in found.prompts if row.mean_score is not None
    )


def test_the_best_prompts_are_different_texts(found) -> None:
    best = best_prompts(found, 5)
    assert len({row.content for row in best}) == len(best)
    scores = [row.mean_score for row in best]
    assert scores == sorted(scores, reverse=True)


def test_prices_are_those_of_the_first_and_the_last_cycle(told, lived) -> None:
    parameters = lived.rules.parameters
    attention = told.prices[-1]
    assert attention.first == parameters.initial_prices[-1] / 10**12
    assert attention.minimum == parameters.min_prices[-1] / 10**12
    assert attention.last == lived.store.cycles.latest().prices[-1] / 10**12


def test_a_text_that_was_shown_twice_is_among_the_best_once(found) -> None:
    best = best_prompts(found, 1)[0]
    again = evolve(best, id=best.id + "-again")
    twice = evolve(found, prompts=Table(PromptRow, [again, *found.prompts]))
    shown = best_prompts(twice, 3)
    assert [row.content for row in shown].count(best.content) == 1
    assert shown[0] == best
