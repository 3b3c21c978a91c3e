"""The clearing strategy ``dual_greedy``: most value per cycle."""

from attrs import evolve

from syntropism.domain.market.candidates import Allocation, Instance
from syntropism.domain.market.duality import shadow_prices, shadow_weight
from syntropism.domain.market.walking import walk


def dual_greedy(instance: Instance) -> Allocation:
    """Walk down b·(1 + α·age)/(λ·a), where λ are the shadow prices of this very instance.

    As λ depends on the bids, no payment rule makes it truthful: whoever pays less than it bid
    could gain by moving λ. The amount that would have won is what it is at this round's λ.
    """
    prices = shadow_prices(instance.candidates, instance.free)
    return evolve(walk(instance, shadow_weight(prices, instance.free)), shadow_prices=prices)
