"""The words of OR-Library files, and which of them are numbers of a problem.

Published files mix numbers with titles, comments and explanations in no common way.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from itertools import takewhile
from typing import Final, NamedTuple

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMENT: Final = re.compile(r"//.*|#.*")
_OPTIMUM: Final = re.compile(r"\b(opt|best|value|solution|z\b)", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[^\s=:()\[\],;]+")


class Kind(Enum):
    """What a word may be."""

    NUMBER = auto()
    """A number, whatever is asked for."""
    BEFORE_WORDS = auto()
    """One of the numbers that begin a line that goes on in words: perhaps a title."""
    NAMED_OPTIMUM = auto()
    """The one number of a line such as ``optimum = 16``: nothing else."""


class Word(NamedTuple):
    """A word, its line, and how many numbers that line begins with."""

    text: str
    line: int
    kind: Kind = Kind.NUMBER
    of: int = 0


def versions(text: str) -> Iterator[str]:
    """``text`` without ``/* comments */`` of several lines, and as it is if that differs: such
    signs also frame titles."""
    text = text.rstrip("\x1a\0 \r\n")  # files of DOS end so
    without = _without_blocks(text)
    yield without
    if without != text:
        yield text


def _without_blocks(text: str) -> str:
    """Lines stay where they are."""
    parts: list[str] = []
    position = 0
    while (start := text.find("/*", position)) >= 0:
        end = text.find("*/", start + 2)
        if end < 0:
            break
        parts += (text[position:start], "\n" * len(text[start:end].splitlines()[1:]) or " ")
        position = end + 2
    return "".join((*parts, text[position:]))


def plain(text: str) -> list[Word]:
    """Every word."""
    return [
        Word(word, line)
        for line, written in enumerate(text.splitlines(), 1)
        for word in _words(written)
    ]


def described(text: str) -> list[Word]:
    """The numbers that lines begin with, and optima that are named."""
    found: list[Word] = []
    for line, written in enumerate(text.splitlines(), 1):
        words = _words(written)
        numbers = list(takewhile(_NUMBER.fullmatch, words))
        kind = Kind.NUMBER if len(numbers) == len(words) else Kind.BEFORE_WORDS
        found.extend(Word(word, line, kind, len(numbers)) for word in numbers)
        if not numbers and _OPTIMUM.search(written):
            named = [word for word in _BETWEEN.findall(written) if _NUMBER.fullmatch(word)]
            if len(named) == 1:
                found.append(Word(named[0], line, Kind.NAMED_OPTIMUM))
    return found


def has_texts(text: str) -> bool:
    """Whether there is a word that is no number, outside of comments."""
    lines = map(_words, text.splitlines())
    return any(not _NUMBER.fullmatch(word) for words in lines for word in words)


def sizes(text: str) -> int:
    """How many numbers stand on the first line that begins with some."""
    lines = (list(takewhile(_NUMBER.fullmatch, _words(line))) for line in text.splitlines())
    return len(next((numbers for numbers in lines if numbers), []))


def _words(line: str) -> list[str]:
    """What a line says without its comments: ``// …``, ``# …`` and ``/* … */``."""
    first, *others = line.split("/*")
    kept = [first, *(other.partition("*/")[2] for other in others)]
    return _COMMENT.sub(" ", " ".join(kept)).split()
