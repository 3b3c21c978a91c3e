"""The survivor's services: short remarks, small bids, no debts to anybody."""

import household
import words
from household import Workspace

__all__ = ["Cognition", "Economic", "Social", "Workspace"]


class Cognition(household.Cognition):
    """Writes two remarks and leaves it at that."""

    def write(self) -> str:
        """Two plain remarks on one topic."""
        topic, dice = self.topic(), self.me.random
        return f"{words.remark(dice, topic)}\n\n{words.remark(dice, topic)}"


class Economic(household.Economic):
    """Never offers half of what a prompt is worth, and hardly more than a window costs."""

    ambition = 0.45
    margin = 1.1
    career = 24


class Social(household.Social):
    """Only has a child when there is plenty."""

    rich = 1_200
    patience = 12
    strategy = "survivor"
