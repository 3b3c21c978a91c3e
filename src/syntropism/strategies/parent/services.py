"""The parent's services: children early, and an allowance as long as both live."""

import household
from household import Cognition, Workspace
from syntropism_sdk import ApiError

__all__ = ["Cognition", "Economic", "Social", "Workspace"]

ALLOWANCE = 20


class Economic(household.Economic):
    """Saves for the children."""

    ambition = 0.8
    career = 18


class Social(household.Social):
    """Remembers its children, and gives the next in turn an allowance in good times."""

    rich = 900
    patience = 4
    strategy = "parent"

    def raise_child(self) -> str | None:
        """See the household; the child is remembered."""
        child = super().raise_child()
        if child is not None:
            self.state.setdefault("family", []).append(child)
        return child

    @property
    def heir(self) -> str | None:
        """The youngest child, if there ever was one."""
        family = self.state.get("family") or [None]
        heir: str | None = family[-1]
        return heir

    def support_children(self) -> None:
        """An allowance for one child, out of what is left above a comfortable purse."""
        family = self.state.setdefault("family", [])
        if not family or self.economic.purse < 500:
            return
        child = family.pop(0)
        try:
            self.me.transfer(child, ALLOWANCE, "allowance")
        except ApiError:
            return  # the child is dead, and not remembered any longer
        self.economic.purse -= ALLOWANCE
        family.append(child)
