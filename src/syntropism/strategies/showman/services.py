"""The showman's services: riddles and flourishes, and the largest bids for the stage."""

import household
import words
from household import Workspace

__all__ = ["Cognition", "Economic", "Social", "Workspace"]


class Cognition(household.Cognition):
    """Believes in itself: hopes for much, and forgets failures slowly."""

    hope = 550.0
    pace = 0.2

    def write(self) -> str:
        """A teaser with a question."""
        return words.riddle(self.me.random, self.topic())


class Economic(household.Economic):
    """All the world's a stage."""

    ambition = 0.95
    margin = 1.2
    career = 16


class Social(household.Social):
    """Children come when the house is full."""

    rich = 1_100
    strategy = "showman"
