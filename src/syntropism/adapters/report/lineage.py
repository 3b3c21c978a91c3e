"""The lineage chart: every life a line from birth to death. Needs the ``analysis`` extra."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from attrs import frozen
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from syntropism.adapters.report.canvas import Sheet, over_cycles
from syntropism.adapters.report.families import Family, families
from syntropism.adapters.report.palette import FAINT, INK, Palette, label
from syntropism.application.queries.report import Tables
from syntropism.application.queries.report.rows import AgentRow

_GAP: Final = 3.5
"""Empty lines between two families."""


@frozen
class _Life:
    agent: AgentRow
    line: float
    parent_line: float | None


def lineage_chart(tables: Tables, palette: Palette, width: float) -> Figure:
    """Families one below the other, largest first; a child starts below its parent."""
    numbers = tables.cycles.column("cycle")
    shown = families(tables)
    lives, starts, total = _laid_out(shown)
    height = min(8.6, max(1.6, total * 0.045 + 0.6))
    sheet = Sheet(width, height)
    axes = sheet.panel(0.14, height - 0.6, left=0.16)
    last = numbers[-1]
    segments = []
    colours = []
    links = []
    for life in lives:
        born = max(numbers[0], life.agent.born_cycle)
        died = last if life.agent.died_cycle is None else max(born, life.agent.died_cycle)
        segments.append([(born, life.line), (max(died, born + 0.4), life.line)])
        colours.append(palette.colour(life.agent.strategy))
        if life.parent_line is not None:
            links.append([(born, life.parent_line), (born, life.line)])
    weight = max(0.9, min(2.6, (height - 0.6) * 72 / max(1.0, total) * 0.62))
    axes.add_collection(LineCollection(links, colors=FAINT, linewidths=0.35, alpha=0.55))
    axes.add_collection(LineCollection(segments, colors=colours, linewidths=weight))
    axes.set_ylim(total, -2.5)
    axes.set_yticks([])
    over_cycles(axes, numbers)
    for family, start in zip(shown, starts, strict=True):
        axes.annotate(
            label(family.members[0].strategy),
            (max(numbers[0], family.members[0].born_cycle), start),
            xytext=(1, 2.5),
            textcoords="offset points",
            size=7.5,
            color=INK,
            annotation_clip=False,
        )
    return sheet.figure


def _laid_out(shown: Sequence[Family]) -> tuple[list[_Life], list[float], float]:
    lives: list[_Life] = []
    starts: list[float] = []
    line = 0.0
    gap = max(_GAP, sum(len(family.members) for family in shown) / 32)
    for family in shown:
        starts.append(line)
        children: defaultdict[str, list[AgentRow]] = defaultdict(list)
        for row in family.members[1:]:
            children[str(row.parent_id)].append(row)
        waiting: list[tuple[AgentRow, float | None]] = [(family.members[0], None)]
        while waiting:
            agent, parent_line = waiting.pop()
            lives.append(_Life(agent, line, parent_line))
            waiting.extend((child, line) for child in children[agent.id])
            line += 1
        line += gap
    return lives, starts, max(1.0, line - gap)
