"""What can be seen in a text without understanding it: the senses of the scripted humans."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from attrs import frozen

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_SENTENCE_END: Final = re.compile(r"[.!?]+(?:\s|$)")
_LISTED: Final = re.compile(r"^\s*(?:\d+[.)]|[-*\u2022])\s+\S", re.MULTILINE)
_REASON: Final = re.compile(r"\b(?:because|reason|why|therefore|so that|since|follows)\b", re.I)
_CHARACTERS_MAX: Final = 8_000


@frozen(slots=True, kw_only=True)
class Qualities:
    """Each from 0 (poor) to 1 (rich)."""

    length: float
    """Neither a crumb nor a wall: best between 40 and 220 words."""
    variety: float
    """Different words among all words, and few pairs of words that come again."""
    novelty: float
    """How little of it was in the texts seen lately."""
    structure: float
    """Paragraphs, a heading, a list."""
    clarity: float
    """Sentences and words of an easy length; no shouting."""
    substance: float
    """Figures and reasons."""
    question: float
    """Whether it asks the reader something."""


def qualities(content: str, seen: Sequence[str] = ()) -> Qualities:
    """The qualities of ``content`` for somebody who lately saw ``seen``. Pure."""
    text = content[:_CHARACTERS_MAX]
    words = [word.lower() for word in _WORD.findall(text)]
    if not words:
        return Qualities(
            length=0, variety=0, novelty=0, structure=0, clarity=0, substance=0, question=0
        )
    count = len(words)
    return Qualities(
        length=_length(count),
        variety=_variety(words),
        novelty=_novelty(words, seen),
        structure=_structure(text),
        clarity=_clarity(text, words),
        substance=_clip(
            0.12 * len(_REASON.findall(text)) + 0.12 * sum(word.isdigit() for word in words)
        ),
        question=1.0 if "?" in text else 0.0,
    )


def _clip(value: float) -> float:
    return max(0.0, min(1.0, value))


def _length(count: int) -> float:
    if count < 40:
        return count / 40
    return 1.0 if count <= 220 else _clip(1 - (count - 220) / 600)


def _variety(words: Sequence[str]) -> float:
    # Long texts repeat words by nature, so that only the first hundred count.
    head = words[:100]
    different = len(set(head)) / len(head)
    pairs = list(pairwise(words))
    fresh = len(set(pairs)) / len(pairs) if pairs else 0.5
    return _clip((different - 0.2) / 0.5) * fresh**2


def _shingles(words: Sequence[str]) -> set[tuple[str, ...]]:
    size = min(3, len(words))
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)}


@lru_cache(maxsize=512)
def _shingles_of(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(_shingles([word.lower() for word in _WORD.findall(text[:_CHARACTERS_MAX])]))


def _novelty(words: Sequence[str], seen: Sequence[str]) -> float:
    fresh = _shingles(words)
    count = len(fresh)
    for text in seen:
        fresh -= _shingles_of(text)
    return len(fresh) / count


def _structure(text: str) -> float:
    paragraphs = len([part for part in text.split("\n\n") if part.strip()])
    heading = text.lstrip().startswith("#")
    return _clip(
        0.15 * min(paragraphs - 1, 4) + 0.15 * min(len(_LISTED.findall(text)), 2) + 0.2 * heading
    )


def _clarity(text: str, words: Sequence[str]) -> float:
    sentences = max(1, len(_SENTENCE_END.findall(text)))
    per_sentence = len(words) / sentences
    per_word = sum(map(len, words)) / len(words)
    shouting = text.count("!") / sentences
    return _clip(
        1.0
        - max(0.0, per_sentence - 22) / 30
        - max(0.0, 4 - per_sentence) / 8
        - abs(per_word - 4.7) / 6
        - 0.3 * shouting
    )
