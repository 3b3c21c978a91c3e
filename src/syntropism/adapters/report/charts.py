"""The charts of a report. Needs the ``analysis`` extra.

Each takes the tables and a width in inches and gives a figure; what it shows is said in the
caption beside it, not in it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from syntropism.adapters.report.canvas import LEFT_INCHES, Sheet, drawn, over_cycles
from syntropism.adapters.report.lineage import lineage_chart
from syntropism.adapters.report.palette import (
    FAINT,
    GAIN,
    INK,
    LOSS,
    Palette,
    resource_colour,
    resource_name,
)
from syntropism.application.queries.report import Tables
from syntropism.domain.economy.accounts import BURN, MINT_GENESIS, MINT_HUMAN

_PRICE_TICKS: Final = tuple(base * 10**power for power in range(5) for base in (1, 2, 5))

_ALTS: Final = {
    "population": "Population by strategy over the cycles",
    "vital": "Births and deaths in each cycle",
    "wealth": "Credits held by the agents of each strategy, and the Gini coefficient",
    "prices": "Posted prices as multiples of their minimum, on a logarithmic scale",
    "utilization": "Share of each resource that was in use",
    "circulation": "Credits in circulation, and what was minted and burned in each cycle",
    "lineage": "The lives of all agents, each beside its parent",
}


def charts(tables: Tables, palette: Palette) -> dict[str, str]:
    """Every chart as inline SVG, by name. There must be at least one cycle."""
    draw: dict[str, Callable[[float], Figure]] = {
        "population": partial(_population, tables, palette),
        "vital": partial(_vital, tables),
        "wealth": partial(_wealth, tables, palette),
        "prices": partial(_prices, tables),
        "utilization": partial(_utilization, tables),
        "circulation": partial(_circulation, tables),
        "lineage": partial(lineage_chart, tables, palette),
    }
    return {name: drawn(name, _ALTS[name], figure) for name, figure in draw.items()}


def _population(tables: Tables, palette: Palette, width: float) -> Figure:
    sheet = Sheet(width, 2.9 if width > 5 else 2.6)
    axes = sheet.panel(0.12, sheet.height - 0.56)
    living = ((row.cycle, row.strategy, row.alive + row.dormant) for row in tables.population)
    _stack(axes, tables.cycles.column("cycle"), living, palette)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    return sheet.figure


def _vital(tables: Tables, width: float) -> Figure:
    sheet = Sheet(width, 1.72)
    axes = sheet.panel(0.27, 1.03)
    numbers = tables.cycles.column("cycle")
    births, deaths = tables.cycles.column("births"), tables.cycles.column("deaths")
    _flows(axes, numbers, ("births", births), ("deaths", deaths))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.0f}"))
    return sheet.figure


def _wealth(tables: Tables, palette: Palette, width: float) -> Figure:
    sheet = Sheet(width, 4.0 if width > 5 else 3.7)
    numbers = tables.cycles.column("cycle")
    upper = sheet.panel(0.12, sheet.height - 1.9)
    owned = (
        (row.cycle, row.strategy, (row.balance.micro + row.held.micro) / 1e6)
        for row in tables.balances
    )
    _stack(upper, numbers, owned, palette, name=False)
    upper.yaxis.set_major_locator(MaxNLocator(nbins=5))
    upper.yaxis.set_major_formatter(FuncFormatter(_thousands))
    lower = sheet.panel(sheet.height - 1.4, 0.95)
    gini = [float("nan") if one is None else one for one in tables.cycles.column("gini")]
    _line(lower, numbers, gini, INK)
    lower.set_ylim(0, 1)
    lower.set_yticks([0, 0.5, 1])
    over_cycles(lower, numbers)
    lower.set_title("Gini coefficient", loc="left", size=8, color=FAINT, pad=5)
    return sheet.figure


def _prices(tables: Tables, width: float) -> Figure:
    sheet = Sheet(width, 2.9 if width > 5 else 2.6, right=0.78)
    axes = sheet.panel(0.12, sheet.height - 0.56)
    numbers = tables.cycles.column("cycle")
    multiples = {
        name: [price / minimum if minimum else 1.0 for price in tables.over_cycles(name, "price")]
        for name, minimum in tables.minimum_prices.items()
    }
    highest = max(one for values in multiples.values() for one in values if one == one)
    axes.set_yscale("log")
    axes.set_ylim(0.9, max(2.4, highest * 1.25))
    shown = [tick for tick in _PRICE_TICKS if tick <= axes.get_ylim()[1]]
    axes.set_yticks(shown, [f"{tick:,}×" for tick in shown])
    axes.yaxis.set_minor_locator(NullLocator())
    for name, values in multiples.items():
        _line(axes, numbers, values, resource_colour(name))
    over_cycles(axes, numbers)
    ends = {name: values[-1] for name, values in multiples.items() if values[-1] == values[-1]}
    _label_ends(axes, ends)
    return sheet.figure


def _utilization(tables: Tables, width: float) -> Figure:
    narrow = width < 5
    names = list(tables.minimum_prices)
    columns = 2 if narrow else 4
    rows = -(-len(names) // columns)
    row_height = 1.35
    sheet = Sheet(width, row_height * rows + 0.1)
    numbers = tables.cycles.column("cycle")
    left, gap = LEFT_INCHES, 0.28
    each = (width - left - sheet.right - gap * (columns - 1)) / columns
    for place, name in enumerate(names):
        row, column = divmod(place, columns)
        start = left + column * (each + gap)
        axes = sheet.panel(row * row_height + 0.3, 0.7, start, width - start - each)
        values = tables.over_cycles(name, "utilization")
        colour = resource_colour(name)
        axes.fill_between(numbers, values, color=colour, alpha=0.18, linewidth=0)
        _line(axes, numbers, _smoothed(values), colour)
        axes.set_ylim(0, 1.04)
        axes.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"] if column == 0 else ["", "", ""])
        axes.set_title(resource_name(name), loc="left", size=8.5, color=colour, pad=4)
        over_cycles(axes, numbers, name=place == len(names) - 1)
        axes.tick_params(labelbottom=True)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=3, integer=True, steps=[1, 2, 5, 10]))
    return sheet.figure


def _circulation(tables: Tables, width: float) -> Figure:
    sheet = Sheet(width, 3.7 if width > 5 else 3.5)
    numbers = tables.cycles.column("cycle")
    upper = sheet.panel(0.12, sheet.height - 2.15)
    circulating = [float(one) for one in tables.cycles.column("circulation")]
    upper.fill_between(numbers, circulating, color=INK, alpha=0.08, linewidth=0)
    _line(upper, numbers, circulating, INK)
    upper.set_ylim(0, max(circulating) * 1.1 or 1)
    upper.yaxis.set_major_locator(MaxNLocator(nbins=5))
    upper.yaxis.set_major_formatter(FuncFormatter(_thousands))
    over_cycles(upper, numbers, name=False)
    lower = sheet.panel(sheet.height - 1.6, 1.15)
    minted: defaultdict[int, float] = defaultdict(float)
    burned: defaultdict[int, float] = defaultdict(float)
    for move in tables.transfers:
        if move.debit in (MINT_HUMAN, MINT_GENESIS):
            minted[move.cycle] += float(move.amount)
        elif BURN in (move.debit, move.credit):
            burned[move.cycle] += float(move.amount) * (1 if move.credit == BURN else -1)
    gains = [minted[one] for one in numbers]
    _flows(lower, numbers, ("minted", gains), ("burned", [burned[one] for one in numbers]))
    lower.yaxis.set_major_locator(MaxNLocator(nbins=4))
    lower.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _thousands(abs(value), 0)))
    return sheet.figure


def _stack(
    axes: Axes,
    numbers: Sequence[int],
    amounts: Iterable[tuple[int, str, float]],
    palette: Palette,
    *,
    name: bool = True,
) -> None:
    """Areas on top of each other, in the order of the palette, first on top."""
    place = {number: index for index, number in enumerate(numbers)}
    layers = {name: [0.0] * len(numbers) for name in palette.colours}
    for number, strategy, amount in amounts:
        layers[palette.group(strategy)][place[number]] += amount
    under = [0.0] * len(numbers)
    for strategy in reversed(list(layers)):
        upper = [low + own for low, own in zip(under, layers[strategy], strict=True)]
        axes.fill_between(
            numbers,
            under,
            upper,
            color=palette.colours[strategy],
            linewidth=0,
            step="mid" if len(numbers) <= 80 else None,
        )
        under = upper
    axes.set_ylim(0, max(under) * 1.08 or 1)
    over_cycles(axes, numbers, name=name)


def _flows(
    axes: Axes,
    numbers: Sequence[int],
    gains: tuple[str, Sequence[float]],
    losses: tuple[str, Sequence[float]],
) -> None:
    """What came in above the line, what went out below it, each named in its colour."""
    axes.bar(numbers, gains[1], width=0.9, color=GAIN, linewidth=0)
    axes.bar(numbers, [-one for one in losses[1]], width=0.9, color=LOSS, linewidth=0)
    for name, colour, points in ((gains[0], GAIN, 0), (losses[0], LOSS, 38)):
        axes.annotate(
            name,
            (0, 1),
            xycoords="axes fraction",
            xytext=(points, 5),
            textcoords="offset points",
            color=colour,
        )
    axes.axhline(0, color=FAINT, linewidth=0.6)
    over_cycles(axes, numbers)
    axes.set_xlim(numbers[0] - 0.5, numbers[-1] + 0.5)


def _line(axes: Axes, numbers: Sequence[int], values: Sequence[float], colour: str) -> None:
    axes.plot(numbers, values, color=colour, marker="o" if len(numbers) == 1 else None)


def _label_ends(axes: Axes, ends: dict[str, float]) -> None:
    """Names each line at its right end, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    inches = axes.get_position().height * axes.figure.get_figheight()  # type: ignore[union-attr]
    least = (high / low) ** (0.145 / inches)
    at = low
    for name, value in sorted(ends.items(), key=lambda end: (end[1], end[0])):
        at = max(value, at * least)
        axes.annotate(
            resource_name(name),
            (1, at),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=resource_colour(name),
            annotation_clip=False,
        )


def _smoothed(values: Sequence[float]) -> list[float]:
    """The centred moving mean over about a thirtieth of the cycles."""
    reach = len(values) // 60
    windows = (values[max(0, at - reach) : at + reach + 1] for at in range(len(values)))
    return [sum(window) / len(window) for window in windows]


def _thousands(value: float, _: int) -> str:
    return f"{value / 1000:,g} k" if abs(value) >= 1_000 else f"{value:,g}"
