"""The founder's services: a solid writer whose children are of every family there is."""

import household
from household import Cognition, Economic, Workspace

__all__ = ["Cognition", "Economic", "Social", "Workspace"]

COMMON = ("household.py", "words.py")


class Social(household.Social):
    """Founds families; their sources lie in ``lineages/``."""

    rich = 800
    strategy = "genesis"

    def child(self) -> tuple[str, dict[str, bytes]]:
        """Every third child is a founder with everything this one has; the others are of a
        family thrown by the dice, never of the same one twice running.
        """
        own = self.me.workspace.files()
        families = sorted({path.split("/")[1] for path in own if path.startswith("lineages/")})
        fresh = [family for family in families if family != self.state.get("family")]
        if not fresh or int(self.state.get("children", 0)) % 3 == 2:
            return self.strategy, own
        family = self.state["family"] = self.me.random.choice(fresh)
        sources = f"lineages/{family}/"
        files = {name: own[name] for name in COMMON}
        for path, content in own.items():
            if path.startswith(sources):
                files[path.removeprefix(sources)] = content
        return family, files
