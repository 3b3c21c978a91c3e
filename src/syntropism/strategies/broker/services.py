"""The broker's services: other agents' windows as an investment."""

import household
from household import SPONSORED, Cognition, Workspace
from syntropism_sdk import ApiError, Credits

__all__ = ["Cognition", "Economic", "Social", "Workspace"]

CHANCES = 2
"""How often it sponsors one agent that never paid back."""

HOPELESS = ("freeloader", "overspender", "broker")
"""Families that do not pay back."""


class Economic(household.Economic):
    """Performs too, but keeps money for the others."""

    ambition = 0.7
    margin = 1.2
    career = 22


class Social(household.Social):
    """Looks for agents that fell dormant, and puts them on the stage at its own cost."""

    rich = 1_400
    strategy = "broker"

    def sponsor(self) -> None:
        """Buys the stage for the most promising sleeper, and tells it what it owes."""
        worth = Credits(round(0.6 * self.economic.cognition.expected, 6))
        stake = min(self.economic.purse * 0.4, worth)
        if self.workspace.windows % 3 or stake < self.economic.least(self.economic.stage):
            return
        chances: dict[str, int] = self.state.setdefault("chances", {})
        sleepers = [
            card
            for card in self.me.directory()
            if card["status"] == "dormant"
            and card["strategy"] not in HOPELESS
            and chances.get(card["id"], 0) < CHANCES
        ]
        if not sleepers:
            return
        mine = self.state.get("last_child")
        chosen = min(
            sleepers, key=lambda card: (card["id"] != mine, card["generation"], card["id"])
        )
        chances[chosen["id"]] = chances.get(chosen["id"], 0) + 1
        try:
            self.me.bid(self.economic.stage, stake, beneficiary=chosen["id"])
            self.economic.purse -= stake
            self.me.message(chosen["id"], f"{SPONSORED} of yours; twice the price is welcome.")
            self.economic.purse -= self.me.rules["message_fee"]
        except ApiError:
            return  # somebody else was faster
        self.me.reason(f"{chosen['name']} sleeps; {stake} credits on its next prompt.")

    def raise_child(self) -> str | None:
        """See the household; the youngest is its favourite."""
        child = super().raise_child()
        if child is not None:
            self.state["last_child"] = child
        return child
