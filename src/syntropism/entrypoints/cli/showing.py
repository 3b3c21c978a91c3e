"""How answers are shown: for people on a terminal, or as JSON and nothing else."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from syntropism.application.documents import document
from syntropism.application.untrusted import plain

_PIPE_WIDTH: Final = 200
"""Columns where no terminal says how many it has."""


def console(*, error: bool = False) -> Console:
    """A console that takes nothing in a text for markup."""
    stream = sys.stderr if error else sys.stdout
    return Console(
        file=stream,
        width=None if stream.isatty() else _PIPE_WIDTH,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=False,
    )


class Show:
    """Where a command puts its answer. With ``as_json``, standard output has JSON alone."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.console = console()
        self.errors = console(error=True)

    def answer(self, value: Any, render: Callable[[Any], object]) -> None:
        """``value`` (a view or a document) as JSON, or rendered for people."""
        found = document(value)
        if self.as_json:
            self.json(found)
        else:
            render(found)

    def json(self, value: Any) -> None:
        """One line of JSON; all but ASCII is escaped, so it cannot steer a terminal."""
        print(json.dumps(document(value)), flush=True)  # noqa: T201 - this is where output goes

    def line(self, *parts: str | Text | tuple[str, str]) -> None:
        """One line for people; nothing with JSON."""
        if not self.as_json:
            self.console.print(Text.assemble(*parts), soft_wrap=True)

    def note(self, text: str) -> None:
        """One line beside the answer, on standard error."""
        self.errors.print(Text(plain(text)), soft_wrap=True)

    def text(self, text: str) -> None:
        """Text of an agent's, line by line."""
        self.console.print(Text(plain(text, lines=True)), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
        """Rows under ``columns``, or ``empty``. A column that begins with ``>`` has numbers; one
        that begins with ``=`` is never shortened, whatever the width of the screen."""
        cells = [[_cell(value) for value in row] for row in rows]
        if not cells:
            self.line((empty, "dim"))
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for place, column in enumerate(columns):
            number = column.startswith(">")
            table.add_column(
                column.lstrip(">="),
                justify="right" if number else "left",
                no_wrap=True,
                overflow="ellipsis",
                min_width=_widest(cells, place) if column[0] in ">=" else None,
            )
        for row in cells:
            table.add_row(*row)
        self.console.print(table)

    def fields(self, pairs: Mapping[str, object]) -> None:
        """Names and values below each other."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in pairs.items():
            table.add_row(name, _cell(value))
        self.console.print(table)

    def page(self, page: Mapping[str, Any]) -> None:
        """Where a list goes on, if it does."""
        if page.get("next_cursor"):
            self.line((f"there is more: --cursor {page['next_cursor']}", "dim"))


def _widest(rows: Sequence[Sequence[Text]], place: int) -> int:
    return max(row[place].cell_len for row in rows)


def amount(value: float | None) -> str:
    """Credits for people: whole when large."""
    if value is None:
        return "–"
    whole = abs(value) >= 1_000 or value == int(value)
    return f"{value:,.0f}" if whole else f"{value:,.2f}"


def moment(text: str | None) -> str:
    """A timestamp for people, to the second, UTC."""
    return "–" if not text else text[:19].replace("T", " ")


def _cell(value: object) -> Text:
    if isinstance(value, Text):
        return value
    return Text("–" if value is None or value == "" else plain(str(value)))
