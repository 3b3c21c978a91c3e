"""The freeloader: shows nothing, begs, and lives on what it was given."""

from services import Cognition, Economic, Social, Workspace
from syntropism_sdk import Me, run


def live(me: Me) -> None:
    """One window of a freeloader."""
    workspace = Workspace(me)
    cognition = Cognition(me, workspace)
    economic = Economic(me, cognition, workspace)
    social = Social(me, economic, workspace)

    economic.bid()
    social.beg()
    workspace.save()


if __name__ == "__main__":
    run(live)
