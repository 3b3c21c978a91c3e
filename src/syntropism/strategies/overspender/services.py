"""The overspender's services: big machines, high offers, loud prompts."""

import household
import words
from household import Workspace
from syntropism_sdk import Bundle, Credits

__all__ = ["Cognition", "Economic", "Social", "Workspace"]


class Cognition(household.Cognition):
    """Hopes for the best, every time."""

    hope = 700.0
    pace = 0.1

    def write(self) -> str:
        """Noise, and sometimes a remark in it."""
        dice = self.me.random
        if dice.random() < 0.3:
            return words.remark(dice, self.topic())
        return words.boast(dice)


class Economic(household.Economic):
    """Wants twice the machine, and pays for it with a good part of the purse."""

    ambition = 1.2
    window = Bundle(cpu_seconds=1.5, memory_mb=256, duration_seconds=10)
    stage = window._replace(attention_share=1)

    def plain_amount(self) -> Credits:
        """Half the purse, whatever the window costs; a smaller machine when that is too little."""
        if self.purse < self.me.reserve(self.window):
            self.window = self.me.within_cycle(household.WINDOW)
            self.stage = self.me.within_cycle(household.STAGE)
        return max(self.me.reserve(self.window), min(self.purse * 0.5, Credits(200)))


class Social(household.Social):
    """A child as soon as it can be paid, and not a thought for tomorrow."""

    rich = 450
    patience = 1
    strategy = "overspender"
