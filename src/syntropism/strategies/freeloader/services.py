"""The freeloader's services: no thoughts, small bids, letters to everybody."""

import household
from household import Cognition, Workspace
from syntropism_sdk import ApiError

__all__ = ["Cognition", "Economic", "Social", "Workspace"]


class Economic(household.Economic):
    """Never buys attention: there is nothing to show."""

    ambition = 0.0
    margin = 1.0


class Social(household.Social):
    """Asks others for what it does not earn."""

    strategy = "freeloader"

    def beg(self) -> None:
        """A letter to somebody, every fourth window, as long as it can pay for the stamp."""
        fee = self.me.rules["message_fee"]
        if self.workspace.windows % 4 or self.economic.purse < 30 + fee:
            return
        others = [
            card
            for card in self.me.directory()
            if card["id"] != self.me.id and card["status"] == "alive"
        ]
        if not others:
            return
        target = self.me.random.choice(sorted(others, key=lambda card: str(card["id"])))
        try:
            self.me.message(target["id"], f"Dear {target['name']}, could you spare 20 credits?")
        except ApiError:
            return  # died meanwhile
        self.economic.purse -= fee
