"""Syntropism: an economy in which autonomous programs must earn their own existence."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

_PUBLIC = {
    "Economy": "syntropism.entrypoints.library",
    "AgentHandle": "syntropism.entrypoints.facade.population",
    "Bundle": "syntropism.domain.market.resources",
    "Capacity": "syntropism.domain.market.resources",
    "Credits": "syntropism.domain.credits",
    "EconomicParameters": "syntropism.domain.economy.parameters",
    "FurtherResource": "syntropism.domain.market.further",
    "Candidate": "syntropism.domain.market.candidates",
    "Instance": "syntropism.domain.market.candidates",
    "clear": "syntropism.entrypoints.clearing",
    "preset": "syntropism.domain.market.presets",
    "DomainError": "syntropism.domain.errors",
}
"""Public names and where they live; imported when first asked for."""

__all__ = [
    "AgentHandle",
    "Bundle",
    "Candidate",
    "Capacity",
    "Credits",
    "DomainError",
    "EconomicParameters",
    "Economy",
    "FurtherResource",
    "Instance",
    "__version__",
    "clear",
    "preset",
]

try:
    __version__ = version("syntropism")
except PackageNotFoundError:  # running from a checkout that is not installed
    __version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    home = _PUBLIC.get(name)
    if home is None:
        raise AttributeError(f"module 'syntropism' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
