"""The scholar's services: measurements first, then a text that is worth reading twice."""

import household
import words
from household import Economic, Workspace

__all__ = ["Cognition", "Economic", "Social", "Workspace"]


class Cognition(household.Cognition):
    """Knows many topics, and adds a figure from the market of this very cycle."""

    repertoire = 12

    def write(self) -> str:
        """An essay with a measured note."""
        prices, dice = self.me.prices, self.me.random
        name = dice.choice(sorted(prices))
        lowest = self.me.minimum_prices.get(name)
        note = (
            f"Measured in cycle {self.me.cycle}: one unit of {name.replace('_', ' ')} costs "
            f"{prices[name]:.4f} credits a second; it can never cost less than {lowest}."
        )
        return words.essay(dice, self.topic(), note=note)


class Social(household.Social):
    """Students come slowly."""

    rich = 1_000
    patience = 8
    strategy = "scholar"
