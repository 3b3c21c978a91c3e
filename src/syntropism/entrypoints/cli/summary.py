"""The terminal summary of an economy."""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from syntropism.application.queries.report import Summary
from syntropism.application.untrusted import plain
from syntropism.domain.credits import Credits

_LINEAGES_SHOWN = 3
_PROMPT_CHARACTERS_MAX = 600


def render_summary(summary: Summary, console: Console) -> None:
    """Prints ``summary`` to ``console``. What agents wrote is stripped of control characters and
    never read as markup."""
    console.print()
    console.print(_headline(summary))
    console.print()
    for table in (_strategies(summary), _money(summary), _prices(summary)):
        if table.row_count:
            console.print(Padding(table, (0, 0, 1, 0)))
    for line in _sentences(summary):
        console.print(line)
    _best_prompt(summary, console)


def _headline(summary: Summary) -> Text:
    parts = (
        f"{summary.cycles:,} cycles",
        f"{summary.births:,} births",
        f"{summary.deaths:,} deaths",
        f"{summary.living:,} living ({summary.dormant:,} dormant)",
        f"{summary.scored:,} of {summary.prompts:,} prompts scored",
    )
    return Text(" · ".join(parts), style="bold")


def _grid(*columns: str, title: str = "") -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), title=title or None)
    for place, column in enumerate(columns):
        table.add_column(
            column, justify="right" if place else "left", header_style="dim", no_wrap=True
        )
    return table


def _strategies(summary: Summary) -> Table:
    table = _grid("strategy", "living", "ever", "earned", "mean score")
    for line in summary.strategies:
        table.add_row(
            Text(plain(line.strategy) or "unlabelled"),
            f"{line.living:,}",
            f"{line.ever:,}",
            _amount(line.earned),
            _score(line.mean_score),
            style="" if line.living else "dim",
        )
    return table


def _money(summary: Summary) -> Table:
    table = _grid("minted", "by humans", "burned", "in circulation", "Gini")
    table.columns[0].justify = "right"
    table.add_row(
        _amount(summary.minted),
        _amount(summary.minted_by_humans),
        _amount(summary.burned),
        _amount(summary.circulation),
        "–" if summary.gini is None else f"{summary.gini:.2f}",
    )
    return table


def _prices(summary: Summary) -> Table:
    table = _grid("price", "first", "last", "× minimum")
    for line in summary.prices:
        table.add_row(
            line.resource.replace("_", " "),
            f"{line.first:.4g}",
            f"{line.last:.4g}",
            f"{line.last / line.minimum:.1f}" if line.minimum else "–",
        )
    return table


def _sentences(summary: Summary) -> Sequence[Text]:
    lines = []
    if summary.causes_of_death:
        lines.append(("causes of death", _counts(summary.causes_of_death)))
    if summary.outcomes:
        lines.append(("windows", _counts(summary.outcomes)))
    longest = [
        f"{plain(one.founder)} ({one.generations} generations, {one.agents:,} agents, "
        f"{one.living:,} living)"
        for one in summary.lineages[:_LINEAGES_SHOWN]
        if one.generations > 1
    ]
    if longest:
        lines.append(("longest lineages", "; ".join(longest)))
    return [Text.assemble((f"{name}: ", "dim"), text) for name, text in lines]


def _counts(counted: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in counted)


def _best_prompt(summary: Summary, console: Console) -> None:
    best = summary.best_prompt
    if best is None:
        return
    console.print(
        Text.assemble(
            ("best scored: ", "dim"),
            f"{_score(best.mean_score)} for {plain(best.agent)} in cycle {best.cycle:,}",
        )
    )
    text = plain(best.content.strip(), lines=True, length_max=_PROMPT_CHARACTERS_MAX)
    console.print(Padding(Text(text, style="italic"), (0, 0, 0, 4)))


def _score(score: float | None) -> str:
    return "–" if score is None else f"{score:.1f}"


def _amount(credits: Credits) -> str:
    value = float(credits)
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"
