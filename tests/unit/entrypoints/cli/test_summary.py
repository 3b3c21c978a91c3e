"""The terminal summary, on an economy whose agents write what they should not."""

import io

from rich.console import Console

from syntropism.application.queries.report.summary import Lineage, StrategyLine, Summary
from syntropism.domain.credits import Credits
from syntropism.entrypoints.cli.summary import render_summary


def _summary(founder: str = "ada") -> Summary:
    return Summary(
        cycles=1_200,
        founders=2,
        births=3,
        deaths=1,
        living=4,
        dormant=1,
        strategies=(StrategyLine("poet", 4, 5, Credits(1_234_500_000), 6.25),),
        causes_of_death=(("broke", 1),),
        minted=Credits(2_000_000_000),
        minted_by_humans=Credits(1_000_000_000),
        burned=Credits(500_000_000),
        circulation=Credits(1_500_000_000),
        gini=0.5,
        prices=(),
        prompts=7,
        scored=6,
        mean_score=6.25,
        best_prompt=None,
        lineages=(Lineage(founder, "poet", 3, 4, 4),),
        outcomes=(("completed", 40), ("timed_out", 2)),
    )


def _rendered(summary: Summary) -> str:
    target = io.StringIO()
    render_summary(summary, Console(file=target, width=100, force_terminal=False))
    return target.getvalue()


def test_the_summary_tells_the_key_figures() -> None:
    text = _rendered(_summary())
    for figure in ("1,200 cycles", "3 births", "1 deaths", "4 living", "6 of 7", "1,234", "0.50"):
        assert figure in text
    assert "40 completed, 2 timed out" in text
    assert "ada (3 generations, 4 agents, 4 living)" in text


def test_untrusted_names_are_neither_markup_nor_commands() -> None:
    text = _rendered(_summary("[red]x[/red]\x1b[2J\u202e"))
    assert "[red]x[/red] (3 generations" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
