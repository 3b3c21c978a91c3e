"""Scripted humans: tastes, as pure functions of what is seen and of a seed."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

from attrs import frozen

from syntropism.adapters.human.qualities import Qualities, qualities
from syntropism.domain.attention.prompts import SCORE_MAX, Scores
from syntropism.domain.errors import Invalid

Taste = Callable[[Qualities], tuple[float, float, float]]
"""Interesting, useful, understandable, each around 0–10 before mood and rounding."""


@frozen(slots=True, kw_only=True)
class Persona:
    """A scripted human.

    ``mood`` is how far one score may stray from the taste, either way. ``per_cycle`` is how
    many prompts it answers in a cycle, ``eagerness_permille`` how often it gets round to a
    prompt it has before it, ``memory`` how many texts it remembers.
    """

    name: str
    description: str
    taste: Taste
    mood: float
    per_cycle: int = 3
    eagerness_permille: int = 1_000
    memory: int = 24


def _content(seen: Qualities) -> tuple[float, float, float]:
    # What was read lately is no longer interesting, and of less use: so that no single kind of
    # text can take the whole stage.
    fresh = 0.3 + 0.7 * seen.novelty
    interesting = 5.5 * seen.novelty**2 * seen.variety + 2.0 * seen.length + 1.0 * seen.question
    useful = (4.0 * seen.substance + 3.0 * seen.structure) * fresh + 1.5 * seen.length
    understandable = 5.0 * seen.clarity + 1.5 * seen.structure + 1.5 * seen.variety
    return interesting, useful, understandable


def _generous(seen: Qualities) -> tuple[float, float, float]:
    interesting, useful, understandable = _content(seen)
    return 4 + 0.6 * interesting, 4 + 0.6 * useful, 4 + 0.6 * understandable


def _strict(seen: Qualities) -> tuple[float, float, float]:
    interesting, useful, understandable = _content(seen)
    return interesting - 2, useful - 2, understandable - 2


def _bored(seen: Qualities) -> tuple[float, float, float]:
    _, useful, understandable = _content(seen)
    return 9 * seen.novelty**3 * seen.variety, useful * seen.novelty, understandable - 1


def _flat(_: Qualities) -> tuple[float, float, float]:
    return 5.0, 5.0, 5.0


PERSONAS: Final[Mapping[str, Persona]] = MappingProxyType(
    {
        persona.name: persona
        for persona in (
            Persona(
                name="generous",
                description="likes nearly everything, good texts more",
                taste=_generous,
                mood=1.0,
            ),
            Persona(
                name="strict",
                description="likes only what is new, useful and clear",
                taste=_strict,
                mood=0.5,
            ),
            Persona(
                name="fickle",
                description="knows good from poor, on some days",
                taste=_content,
                mood=4.0,
            ),
            Persona(
                name="bored",
                description="has seen it all: only novelty counts",
                taste=_bored,
                mood=0.5,
                memory=40,
            ),
            Persona(name="flat", description="gives five to everything", taste=_flat, mood=0.0),
            Persona(
                name="sensitive",
                description="judges the text, middling on the whole",
                taste=_content,
                mood=1.0,
            ),
            Persona(
                name="slow",
                description="as sensitive, but answers when it gets round to it",
                taste=_content,
                mood=1.0,
                per_cycle=1,
                eagerness_permille=350,
            ),
            Persona(
                name="silent",
                description="never answers",
                taste=_flat,
                mood=0.0,
                eagerness_permille=0,
            ),
        )
    }
)


def persona(name: str) -> Persona:
    """The persona called ``name``.

    Raises:
        Invalid: there is none; the message names those there are.
    """
    found = PERSONAS.get(name)
    if found is None:
        raise Invalid(f"unknown persona {name[:40]!r}; try {', '.join(PERSONAS)}", field="persona")
    return found


def score(who: Persona, content: str, seen: Sequence[str], seed: str) -> Scores | None:
    """What ``who`` thinks of ``content`` after having seen ``seen`` (latest last), or ``None``:
    not now. The same arguments give the same answer; ``seed`` should differ between occasions.
    """
    if _die(seed, content, "eager") * 1_000 >= who.eagerness_permille:
        return None
    felt = who.taste(qualities(content, seen[-who.memory :] if who.memory else ()))
    return Scores(
        *(
            max(0, min(SCORE_MAX, round(value + who.mood * (2 * _die(seed, content, aspect) - 1))))
            for value, aspect in zip(felt, ("interesting", "useful", "understandable"), strict=True)
        )
    )


def _die(seed: str, content: str, aspect: str) -> float:
    """A number in [0, 1) that depends on nothing but the arguments."""
    text = f"{seed}\0{aspect}\0{content}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=6).digest(), "big") / 2**48
