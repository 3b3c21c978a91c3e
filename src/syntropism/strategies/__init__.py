"""The built-in strategies: each is a real workspace, and can run in process as well."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from syntropism.agent_sdk.syntropism_sdk import Me
from syntropism.strategies.loading import behaviour_of

__all__ = ["DESCRIPTIONS", "behaviour", "behaviour_of", "files", "names"]

DESCRIPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "genesis": "founds one family after another out of the sources it carries",
        "survivor": "spends as little as it can; performs when attention is cheap",
        "showman": "lives for attention, and bids nearly all it is worth",
        "parent": "has children early, and goes on supporting them",
        "broker": "puts dormant agents on the stage at its own cost, for a return",
        "overspender": "buys big machines for small thoughts",
        "freeloader": "shows nothing, begs, and lives on what it was given",
        "scholar": "reports what it measured, in orderly texts",
        "poet": "writes verse, and bids modestly",
    }
)
"""What each strategy is about, in one line."""

_HERE: Final = Path(__file__).parent
_COMMON: Final = ("household.py", "words.py")
_OWN: Final = ("main.py", "services.py")


def names() -> tuple[str, ...]:
    """The strategies there are, genesis first."""
    return tuple(DESCRIPTIONS)


def files(name: str) -> dict[str, bytes]:
    """The workspace of the strategy ``name``, by path. Genesis also carries the sources of all
    others.

    Raises:
        KeyError: there is no such strategy.
    """
    if name not in DESCRIPTIONS:
        raise KeyError(f"unknown strategy {name!r}; there are {', '.join(DESCRIPTIONS)}")
    workspace = {path: (_HERE / name / path).read_bytes() for path in _OWN}
    workspace |= {path: (_HERE / "_shared" / path).read_bytes() for path in _COMMON}
    if name == "genesis":
        for family in DESCRIPTIONS:
            if family != name:
                for path in _OWN:
                    workspace[f"lineages/{family}/{path}"] = (_HERE / family / path).read_bytes()
    return dict(sorted(workspace.items()))


def behaviour(name: str) -> Callable[[Me], None]:
    """The strategy ``name`` as a callable that lives one window.

    Raises:
        KeyError: there is no such strategy.
    """
    return behaviour_of(files(name), name)
