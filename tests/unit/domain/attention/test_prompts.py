"""Prompts end once; their queue is by amount, then by age; rewards are Σ weight × score."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from syntropism.domain.attention.prompts import (
    CONTENT_MAX,
    Prompt,
    PromptStatus,
    Scores,
    by_rank,
    require_content,
)
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Conflict, Invalid
from syntropism.testing import scores

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROMPT = Prompt("p", "agent", "execution", "look", 5, "hold", 3, NOW)
RULES = EconomicParameters(reward_interesting=7, reward_useful=5, reward_understandable=3)


@given(scores())
def test_a_reward_is_the_weighted_sum_of_the_scores(given_scores):
    assert given_scores.reward(RULES) == (
        7 * given_scores.interesting + 5 * given_scores.useful + 3 * given_scores.understandable
    )


@pytest.mark.parametrize("value", [-1, 11, 5.0, "5", True, None])
@pytest.mark.parametrize("dimension", ["interesting", "useful", "understandable"])
def test_a_score_is_a_whole_number_from_0_to_10(dimension, value):
    rest = dict.fromkeys(("interesting", "useful", "understandable"), 5)
    with pytest.raises(Invalid) as refusal:
        Scores(**rest | {dimension: value})
    assert refusal.value.details["field"] == dimension


ENDS = [
    lambda prompt: prompt.scored(Scores(1, 2, 3), 9, 4),
    *(
        lambda prompt, status=status: prompt.ended(status, 4)
        for status in (PromptStatus.SKIPPED, PromptStatus.EXPIRED, PromptStatus.WITHDRAWN)
    ),
]


@pytest.mark.parametrize("first", ENDS)
@pytest.mark.parametrize("second", ENDS)
def test_a_prompt_ends_once(first, second):
    ended = first(PROMPT)
    assert ended.ended_cycle == 4 and ended.status is not PromptStatus.QUEUED
    with pytest.raises(Conflict):
        second(ended)


@pytest.mark.parametrize(("cycle", "late"), [(3, False), (12, False), (13, True), (14, True)])
def test_a_prompt_is_overdue_after_its_full_time(cycle, late):
    assert PROMPT.overdue(cycle, RULES) is late
    assert not PROMPT.ended(PromptStatus.SKIPPED, cycle).overdue(cycle, RULES)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8))
def test_the_queue_is_by_amount_then_by_age(drawn):
    prompts = [
        evolve(PROMPT, id=f"p{place}", amount=amount, submitted_at=NOW + timedelta(seconds=age))
        for place, (amount, age) in enumerate(drawn)
    ]
    ranked = by_rank(prompts)
    keys = [(-one.amount, one.submitted_at, one.id) for one in ranked]
    assert keys == sorted(keys) and set(ranked) == set(prompts)


@pytest.mark.parametrize("content", ["", " \n", "a\x00b", "x" * (CONTENT_MAX + 1), None, 7])
def test_content_that_nobody_could_read_is_refused(content):
    with pytest.raises(Invalid):
        require_content(content)


def test_the_longest_content_is_taken_as_it_is():
    assert require_content("é" * CONTENT_MAX) == "é" * CONTENT_MAX
