"""The poet's services: verse, and bids as modest as its needs."""

import household
import words
from household import Workspace

__all__ = ["Cognition", "Economic", "Social", "Workspace"]


class Cognition(household.Cognition):
    """Knows few topics by heart."""

    hope = 300.0
    repertoire = 6

    def write(self) -> str:
        """A poem."""
        return words.poem(self.me.random, self.topic())


class Economic(household.Economic):
    """Cares little for the purse."""

    ambition = 0.7
    margin = 1.15
    career = 18


class Social(household.Social):
    """Pupils gather round late."""

    rich = 1_200
    strategy = "poet"
