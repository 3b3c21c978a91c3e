"""The desk: what a person types is what happens, and nothing an agent writes steers it."""

import io

import pytest
from rich.console import Console

from syntropism import Bundle, Economy
from syntropism.application.operator_service import OperatorService
from syntropism.entrypoints.cli.desk import Desk

STAGE = Bundle(cpu_seconds=1, memory_mb=64, duration_seconds=10, attention_share=1)


class Room:
    """An economy in which ada has shown one prompt, and a desk in front of it."""

    def __init__(self, content: str = "an ode") -> None:
        self.economy = Economy.in_memory(seed=1)
        ada = self.economy.create_agent("ada", credits=500, first_bid=(STAGE, 100))
        ada.behaviour(lambda me: me.ask(content, 5))
        self.ada = ada
        self.economy.step()
        self.screen = io.StringIO()
        console = Console(file=self.screen, width=100, markup=False, highlight=False)
        container = self.economy._container
        operators: OperatorService = container.operators()
        self.desk = Desk(
            operators, container.store(), lambda *parts: [console.print(part) for part in parts]
        )

    @property
    def seen(self) -> str:
        return self.screen.getvalue()

    @property
    def waiting(self) -> int:
        return len(self.economy.prompts())


def test_a_prompt_is_shown_once_with_its_author_and_what_it_offers() -> None:
    room = Room()
    room.desk.look()
    room.desk.look()
    assert room.seen.count("an ode") == 1
    assert "ada" in room.seen
    assert "offers 5 credits" in room.seen


@pytest.mark.parametrize("typed", ["8 9 7", "8,9,7", "8, 9, 7", "8/9/7"])
def test_three_numbers_are_the_scores(typed: str) -> None:
    room = Room()
    room.desk.look()
    before = room.ada.balance
    assert room.desk.take(typed) is True
    assert room.waiting == 0
    assert room.ada.balance == before + 24 * 50
    assert "1,200 credits" in room.seen


@pytest.mark.parametrize(
    "typed", ["8 9", "8 9 11", "a b c", "8 9 7 6", "-1 2 3", "8.5 9 7", "٨ ٩ ٧٧"]
)
def test_anything_else_scores_nothing_and_the_prompt_stays(typed: str) -> None:
    room = Room()
    room.desk.look()
    before = room.ada.balance
    assert room.desk.take(typed) is True
    assert room.waiting == 1
    assert room.ada.balance == before
    assert room.desk.take("0 0 1") is True
    assert room.ada.balance == before + 50


def test_s_skips_and_gives_back_what_was_offered() -> None:
    room = Room()
    room.desk.look()
    before = room.ada.balance
    room.desk.take("s")
    assert room.waiting == 0
    assert room.ada.balance == before + 5


def test_enter_leaves_it_for_later_and_the_next_enter_brings_it_back() -> None:
    room = Room()
    room.desk.look()
    room.desk.take("")
    room.desk.look()
    assert room.waiting == 1
    assert room.seen.count("an ode") == 1
    room.desk.take("")
    assert room.seen.count("an ode") == 2


def test_q_is_enough() -> None:
    assert Room().desk.take("q") is False


def test_a_prompt_that_ended_meanwhile_is_told_and_forgotten() -> None:
    room = Room()
    room.desk.look()
    room.economy.score(room.economy.prompts()[0]["id"], 1, 1, 1)
    room.desk.look()
    assert "has ended" in room.seen
    before = room.ada.balance
    room.desk.take("8 9 7")
    assert room.ada.balance == before


def test_a_prompt_cannot_steer_the_screen() -> None:
    room = Room("\x1b]0;owned\x07\x1b[2J[red]hi[/red]\u202e")
    room.desk.look()
    assert "[red]hi[/red]" in room.seen
    assert not {"\x1b", "\x07", "\u202e"} & set(room.seen)
