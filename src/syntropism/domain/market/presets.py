"""Presets: which clearing, payment and price rule belong together."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from attrs import frozen

from syntropism.domain.errors import Invalid
from syntropism.domain.market.clearing import STRATEGIES, ClearingStrategy
from syntropism.domain.market.payments import PAYMENT_RULES, PaymentRule
from syntropism.domain.market.pricing import PRICE_RULES, PriceRule


@frozen(slots=True)
class Preset:
    """A named triple of rules; each is a key of its registry, but for a ``foreign`` clearing
    strategy, which is brought along."""

    name: str
    clearing: str
    payment: str
    price_rule: str
    foreign: ClearingStrategy | None = None

    @property
    def strategy(self) -> ClearingStrategy:
        """Who wins."""
        return self.foreign or STRATEGIES[self.clearing]

    @property
    def payment_rule(self) -> PaymentRule:
        """What winners pay."""
        return PAYMENT_RULES[self.payment]

    @property
    def repricing(self) -> PriceRule:
        """How posted prices move."""
        return PRICE_RULES[self.price_rule]


PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        one.name: one
        for one in (
            Preset("truthful", "posted_density", "critical", "exponential"),
            Preset("classic", "amount", "pay_as_bid", "stepwise"),
            Preset("max_welfare", "dual_greedy", "pay_as_bid", "exponential"),
            Preset("exact", "exact", "pay_as_bid", "exponential"),
            Preset("auto", "auto", "pay_as_bid", "exponential"),
        )
    }
)


def preset(name: str | Preset) -> Preset:
    """The preset called ``name``; a preset is itself.

    Raises:
        Invalid: there is none; the message names the nearest valid ones.
    """
    if isinstance(name, Preset):
        return name
    found = PRESETS.get(name)
    if found is None:
        near = get_close_matches(name, PRESETS, n=3) or sorted(PRESETS)
        raise Invalid(
            f"unknown preset {name[:40]!r}; did you mean {' or '.join(near)}?",
            field="preset",
            nearest=near,
        )
    return found
