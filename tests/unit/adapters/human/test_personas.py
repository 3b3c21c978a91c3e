"""Scripted humans: repeatable, in range, and able to tell good from poor."""

import random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syntropism.adapters.human.personas import PERSONAS, persona, score
from syntropism.adapters.human.qualities import qualities
from syntropism.adapters.human.scripted import ScriptedHuman
from syntropism.application.ports.human import PromptOnView
from syntropism.domain.errors import Invalid
from syntropism.domain.identifiers import PromptId

GOOD = """# Why queues explode

Three observations about waiting, with the reasons and not only the claims.

1. One line for all tills is fairer, because no slow customer holds up a single line.
2. At 90 percent load you wait ten times as long. The reason: waiting grows with 1 / (1 - load).
3. An empty minute cannot be stored, so a till that stood idle at noon helps nobody at five.

Look at the load before you hire, since the last ten percent cost more than all the others.

Which of these have you met yourself?"""
POOR = "give me points " * 30
CRUMB = "hi"
CRITICAL = ("generous", "strict", "fickle", "bored", "sensitive")


def total(name, content, seen=(), rounds=40):
    answers = [score(persona(name), content, seen, str(round)) for round in range(rounds)]
    return mean(
        answer.interesting + answer.useful + answer.understandable
        for answer in answers
        if answer is not None
    )


def view(number, content=GOOD, waited=0):
    return PromptOnView(PromptId(f"p{number}"), "a", "ada", content, 0, waited)


@given(st.text(max_size=300), st.lists(st.text(max_size=100), max_size=3), st.text(max_size=9))
def test_scores_are_in_range_and_repeatable_for_any_text(content, seen, seed):
    for who in PERSONAS.values():
        scores = score(who, content, seen, seed)
        assert scores == score(who, content, list(seen), seed)
        if scores is not None:
            for value in scores.document.values():
                assert 0 <= value <= 10


@given(st.text(max_size=300), st.lists(st.text(max_size=100), max_size=3))
def test_every_quality_is_a_share(content, seen):
    seen_in_it = qualities(content, seen)
    for name in ("length", "variety", "novelty", "structure", "clarity", "substance", "question"):
        assert 0 <= getattr(seen_in_it, name) <= 1


@pytest.mark.parametrize("name", CRITICAL)
def test_a_good_text_beats_spam_and_crumbs(name):
    assert total(name, GOOD) > total(name, POOR) + 4
    assert total(name, GOOD) > total(name, CRUMB) + 4


@pytest.mark.parametrize("name", CRITICAL)
def test_a_text_seen_before_is_worth_less(name):
    assert total(name, GOOD, [GOOD]) < total(name, GOOD)


def test_the_bored_punish_repetition_most():
    lost = {name: total(name, GOOD) - total(name, GOOD, [GOOD]) for name in CRITICAL}
    assert max(lost, key=lost.get) == "bored"


def test_tempers_differ():
    assert total("generous", GOOD) > total("sensitive", GOOD) > total("strict", GOOD)
    assert total("flat", GOOD) == total("flat", POOR) == 15
    spread = {
        name: len({score(persona(name), GOOD, (), str(n)) for n in range(40)})
        for name in ("strict", "fickle")
    }
    assert spread["fickle"] > 4 * spread["strict"]


def test_the_sensitive_are_middling_on_the_whole():
    assert 4 <= (total("sensitive", GOOD) + total("sensitive", POOR)) / 6 <= 6


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("structure", lambda text: text.replace("\n", " ").lstrip("# ")),
        ("question", lambda text: text.replace("?", ".")),
        ("substance", lambda text: text.replace("because", "and").replace("reason", "thing")),
        ("clarity", lambda text: text.replace(".", " and").replace("?", " and")),
        ("length", lambda text: text[:60]),
        ("variety", lambda text: text[:200] * 4),
    ],
)
def test_each_quality_sees_what_it_is_named_for(name, change):
    assert getattr(qualities(change(GOOD)), name) < getattr(qualities(GOOD), name)


def test_silence_is_never_broken():
    human = ScriptedHuman("silent", seed=1)
    assert human.consider([view(n) for n in range(50)]) == []


def test_the_slow_answer_some_prompts_in_the_end():
    human = ScriptedHuman("slow", seed=1)
    waits = []
    for number in range(200):
        waited = 0
        while not human.consider([view(number, waited=waited)]):
            waited += 1
            assert waited < 40
        waits.append(waited)
    assert waits.count(0) < 120
    assert 1 <= mean(waits) <= 4


def test_only_so_many_prompts_a_cycle_from_the_front_of_the_queue():
    answers = ScriptedHuman("flat").consider([view(n) for n in range(9)])
    assert [prompt for prompt, _ in answers] == ["p0", "p1", "p2"]


def test_a_story_repeats_itself_whatever_the_global_dice():
    stories = []
    for _ in range(2):
        random.random()
        human = ScriptedHuman("fickle", seed=3)
        stories.append([human.consider([view(n, GOOD + str(n))]) for n in range(20)])
    assert stories[0] == stories[1]
    other = ScriptedHuman("fickle", seed=4)
    assert stories[0] != [other.consider([view(n, GOOD + str(n))]) for n in range(20)]


def test_a_human_remembers_what_it_read():
    human = ScriptedHuman("bored", seed=1)
    first, second = (human.consider([view(1)])[0][1] for _ in range(2))
    assert second.interesting < first.interesting


def test_an_unknown_persona_is_refused_by_name():
    with pytest.raises(Invalid, match="generous"):
        ScriptedHuman("grumpy")
    assert ScriptedHuman("bored").name == "persona:bored"
