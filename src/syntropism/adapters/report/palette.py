"""Colours that mean the same thing everywhere in a report."""

from collections import Counter
from typing import Final

from attrs import frozen

from syntropism.application.queries.report import Tables

_STRATEGY_COLOURS: Final = (
    "#332288",
    "#88ccee",
    "#117733",
    "#ddcc77",
    "#cc6677",
    "#44aa99",
    "#882255",
    "#999933",
    "#aa4499",
)
"""Paul Tol's "muted" scheme: told apart under every common colour blindness."""

OTHERS: Final = "others"
OTHERS_COLOUR: Final = "#a3a3a3"
INK: Final = "#22262b"
FAINT: Final = "#6d737b"
RULE: Final = "#dfdcd5"
GAIN: Final = "#2a6f97"
LOSS: Final = "#b5532f"

_RESOURCE_COLOURS: Final = {
    "cpu_cores": "#0072b2",
    "memory_mb": "#009e73",
    "tokens_per_second": "#8c8c8c",
    "attention_slots": "#d55e00",
}
_RESOURCE_NAMES: Final = {
    "cpu_cores": "CPU",
    "memory_mb": "memory",
    "tokens_per_second": "tokens",
    "attention_slots": "attention",
}

_FURTHER_COLOURS: Final = ("#cc79a7", "#56b4e9", "#e69f00", "#332288")


def resource_name(resource: str) -> str:
    """What a resource is called in a chart."""
    return _RESOURCE_NAMES.get(resource, resource.replace("_", " "))


def resource_colour(resource: str) -> str:
    """The colour of a resource; further ones share a few, by their names."""
    spare = _FURTHER_COLOURS[sum(resource.encode()) % len(_FURTHER_COLOURS)]
    return _RESOURCE_COLOURS.get(resource, spare)


@frozen
class Palette:
    """A colour per strategy, in alphabetical order; beyond nine, the rarest are ``others``."""

    colours: dict[str, str]

    @classmethod
    def of(cls, tables: Tables) -> "Palette":
        """The palette of the strategies that ever were."""
        ever = Counter(row.strategy for row in tables.agents)
        common = sorted(ever, key=lambda name: (-ever[name], name))[: len(_STRATEGY_COLOURS)]
        colours = dict(zip(sorted(common), _STRATEGY_COLOURS, strict=False))
        if len(ever) > len(common):
            colours[OTHERS] = OTHERS_COLOUR
        return cls(colours)

    def group(self, strategy: str) -> str:
        """The name under which a strategy is drawn."""
        return strategy if strategy in self.colours else OTHERS

    def colour(self, strategy: str) -> str:
        """The colour of a strategy."""
        return self.colours[self.group(strategy)]


def label(strategy: str) -> str:
    """What a strategy is called in a report."""
    return strategy or "unlabelled"
