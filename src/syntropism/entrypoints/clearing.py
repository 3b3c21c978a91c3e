"""The auction alone: instances in, winners, payments and a certificate out."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Final

from attrs import evolve

from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Invalid
from syntropism.domain.market import auction
from syntropism.domain.market.candidates import Allocation, Instance
from syntropism.domain.market.clearing import FIXED_RANKINGS, STRATEGIES, ClearingStrategy
from syntropism.domain.market.presets import PRESETS, Preset, preset
from syntropism.domain.market.resources import add_rates
from syntropism.domain.market.rounds import Clearing
from syntropism.domain.market.solving import Solver

ENTRY_POINT: Final = "syntropism.clearing_strategies"
"""Where other packages register strategies: functions from ``Instance`` to ``Allocation``."""

_ADVICE: Final = "pip install 'syntropism[market]' brings HiGHS, which proves more"


def clear(
    instance: Instance, rules: Preset | str = "truthful", *, time_limit_seconds: float = 1.0
) -> Clearing:
    """Clear ``instance`` by a preset, or by the name of a preset or clearing strategy, also one
    that another package registered. A strategy by its own name pays critically where its
    ranking allows that, else as bid.

    ``time_limit_seconds`` bounds ``exact`` and ``auto``, which use HiGHS where the extra
    ``market`` is installed; ``remark`` says when a limit was met.

    Raises:
        Invalid: there is no such name, or a registered strategy gave away too much.
    """
    chosen = rules if isinstance(rules, Preset) else _named(rules)
    found = auction.clear(instance, chosen, _engine(time_limit_seconds))
    if found.remark and find_spec("highspy") is None:
        return evolve(found, remark=f"{found.remark}; {_ADVICE}")
    return found


@cache
def registered() -> Mapping[str, EntryPoint]:
    """The strategies of other packages, by name; ours come first."""
    found = entry_points(group=ENTRY_POINT)
    return {
        one.name: one for one in found if one.name not in STRATEGIES and one.name not in PRESETS
    }


def with_its_rules(parameters: EconomicParameters) -> EconomicParameters:
    """``parameters`` whose preset may be named after a strategy that another package registered.

    Raises:
        Invalid: nobody knows the preset.
    """
    if isinstance(parameters.preset, str) and parameters.preset in registered():
        return evolve(parameters, preset=foreign_preset(parameters.preset))
    preset(parameters.preset)
    return parameters


def preset_names() -> tuple[str, ...]:
    """What an economy's preset may be called: ours, then those of other packages."""
    return (*PRESETS, *sorted(registered()))


def foreign_preset(name: str) -> Preset:
    """The preset of a registered strategy: winners pay as bid, prices are exponential."""
    strategy = _checked(registered()[name].load())
    return Preset(name, name, "pay_as_bid", "exponential", strategy)


def _named(name: str) -> Preset:
    if name in PRESETS:
        return PRESETS[name]
    if name in STRATEGIES:
        payment = "critical" if name in FIXED_RANKINGS else "pay_as_bid"
        return Preset(name, name, payment, "exponential")
    if name in registered():
        return foreign_preset(name)
    known = sorted({*PRESETS, *STRATEGIES, *registered()})
    near = get_close_matches(name, known, n=3) or known
    raise Invalid(
        f"unknown strategy {name[:40]!r}; did you mean {' or '.join(near)}?",
        field="strategy",
        nearest=near,
    )


def _checked(strategy: ClearingStrategy) -> ClearingStrategy:
    """Strangers are checked: what they give away must be there, and given once. What they claim
    beside that (bounds, rankings) is not believed."""

    def checked(instance: Instance) -> Allocation:
        allocation = strategy(instance)
        total = allocation.left
        for winner in allocation.winners:
            total = add_rates(total, winner.rates)
        honest = (
            total == instance.free
            and min(allocation.left, default=0) >= 0
            and set(allocation.winners) <= set(instance.candidates)
            and len(set(allocation.winners)) == len(allocation.winners)
        )
        if not honest:
            raise Invalid("the strategy gave away what was not there", field="strategy")
        return Allocation(allocation.winners, allocation.left, remark=allocation.remark)

    return checked


def _engine(time_limit_seconds: float) -> Solver:
    from syntropism.entrypoints.container import clearing_engine  # slow to import

    return clearing_engine(time_limit_seconds).solve
