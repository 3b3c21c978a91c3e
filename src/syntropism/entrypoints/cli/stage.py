"""A demo on a terminal: how far it is, who lives, what things cost."""

from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from syntropism.entrypoints.cli.showing import amount
from syntropism.entrypoints.orchestrator import Progress as Closed

_LEVELS: Final = "▁▂▃▄▅▆▇█"
_WIDTH: Final = 40
"""Cycles that a curve shows."""


class Stage:
    """Shows closed cycles as they come, in one place; nothing unless ``live``."""

    def __init__(self, console: Console, cycles: int, *, live: bool) -> None:
        self.live = live
        self._bar = Progress(
            TextColumn("cycle"), MofNCompleteColumn(), BarColumn(_WIDTH), TimeElapsedColumn()
        )
        self._task = self._bar.add_task("", total=cycles)
        self._live = Live(self._bar, console=console, refresh_per_second=8)
        self._history: list[Closed] = []

    def __enter__(self) -> Self:
        if self.live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.live:
            self._live.stop()

    def show(self, closed: Closed) -> None:
        """One more cycle."""
        self._history.append(closed)
        self._bar.update(self._task, completed=len(self._history))
        self._live.update(Group(self._bar, Text(""), self._figures()))

    def _figures(self) -> Table:
        now = self._history[-1].status
        births = sum(one.cycle.births for one in self._history)
        deaths = sum(one.cycle.deaths for one in self._history)
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(style="cyan", no_wrap=True)
        table.add_row(
            "living",
            f"{now.alive} + {now.dormant} dormant",
            curve([one.status.alive + one.status.dormant for one in self._history]),
        )
        table.add_row("born · died", f"{births} · {deaths}", "")
        table.add_row(
            "circulation",
            amount(float(now.circulation)),
            curve([float(one.status.circulation) for one in self._history]),
        )
        for name in now.prices:
            table.add_row(
                f"price of {name.replace('_', ' ')}",
                f"{now.prices[name]:.4g}",
                curve([one.status.prices[name] for one in self._history]),
            )
        return table


def curve(values: Sequence[float]) -> str:
    """The last ``values`` as a line of blocks, between their least and greatest."""
    recent = values[-_WIDTH:]
    least, most = min(recent), max(recent)
    if most == least:
        return _LEVELS[0] * len(recent)
    steps = len(_LEVELS) - 1
    return "".join(_LEVELS[round((one - least) / (most - least) * steps)] for one in recent)
