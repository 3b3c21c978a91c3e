"""Columns of cells as the text of PostgreSQL arrays.

The driver would write them element by element, in Python; this is several times as fast, and
thousands of rows of a batch are little else.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final


def texts(cells: Sequence[str | None]) -> str:
    """An array of texts."""
    if None in cells:
        return "{" + ",".join("NULL" if cell is None else _quoted(cell) for cell in cells) + "}"
    joined = '","'.join(cells)  # type: ignore[arg-type]
    if "\\" in joined or joined.count('"') != 2 * (len(cells) - 1):
        return "{" + ",".join(map(_quoted, cells)) + "}"  # type: ignore[arg-type]
    return '{"' + joined + '"}' if cells else "{}"


def numbers(cells: Sequence[int | None]) -> str:
    """An array of integers, or of truths."""
    if None in cells:
        return "{" + ",".join("NULL" if cell is None else str(cell) for cell in cells) + "}"
    return "{" + ",".join(map(str, cells)) + "}"


def moments(cells: Sequence[datetime | None]) -> str:
    """An array of moments with their zones. Rows of one transaction share them."""
    written: dict[datetime | None, str] = {None: "NULL"}
    found = []
    for cell in cells:
        text = written.get(cell)
        if text is None:
            assert cell is not None and cell.tzinfo is not None
            text = written[cell] = f'"{cell.isoformat()}"'
        found.append(text)
    return "{" + ",".join(found) + "}"


def bytes_(cells: Sequence[bytes | None]) -> str:
    """An array of byte strings."""
    found = ("NULL" if cell is None else f'"\\\\x{cell.hex()}"' for cell in cells)
    return "{" + ",".join(found) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


WRITERS: Final[dict[str, Callable[[Any], str]]] = {
    "text": texts,
    "int8": numbers,
    "bool": numbers,
    "timestamptz": moments,
    "bytea": bytes_,
}
"""By the kind of their elements."""
