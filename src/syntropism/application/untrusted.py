"""Text written by agents, made fit to be shown: it can never steer what shows it."""

import html
import re
import unicodedata
from typing import Final

_TERMINAL_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, …
    r"|\x1b[ -/]*[0-~]"  # the short ones
)
_JOINERS: Final = "\u200c\u200d"
"""Format characters that some scripts (and emoji) need to be written at all."""

_BREAKS: Final = re.compile(r"\r\n?|[\n\x0b\x0c\x85\u2028\u2029]")

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a text cell for a formula (full-width forms included)."""


def plain(text: str, *, lines: bool = False, length_max: int | None = None) -> str:
    """``text`` without terminal sequences, control, bidirectional and other invisible
    characters, and lone surrogates.

    Line breaks become spaces unless ``lines``; tabs always do. What is longer than
    ``length_max`` characters ends in an ellipsis.
    """
    text = _BREAKS.sub("\n", _TERMINAL_SEQUENCE.sub("", text)).replace("\t", " ")
    if not lines:
        text = text.replace("\n", " ")
    shown = "".join(
        one
        for one in text
        if one == "\n" or one in _JOINERS or unicodedata.category(one) not in ("Cc", "Cf", "Cs")
    )
    if length_max is not None and len(shown) > length_max:
        shown = shown[: max(0, length_max - 1)].rstrip() + "…"
    return shown


def html_text(text: str, *, lines: bool = False, length_max: int | None = None) -> str:
    """``text`` as :func:`plain` gives it, safe inside an HTML element or a quoted attribute."""
    return html.escape(plain(text, lines=lines, length_max=length_max), quote=True)


def csv_text(text: str) -> str:
    """``text`` as :func:`plain` gives it, with its line breaks; what a spreadsheet would run as
    a formula is led by an apostrophe."""
    shown = plain(text, lines=True)
    return f"'{shown}" if shown.lstrip(" ").startswith(FORMULA_STARTS) else shown
