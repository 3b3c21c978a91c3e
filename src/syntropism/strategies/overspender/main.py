"""The overspender: buys big machines for small thoughts, at whatever they cost."""

from services import Cognition, Economic, Social, Workspace
from syntropism_sdk import Me, run


def live(me: Me) -> None:
    """One window of an overspender."""
    workspace = Workspace(me)
    cognition = Cognition(me, workspace)
    economic = Economic(me, cognition, workspace)
    social = Social(me, economic, workspace)

    cognition.learn()
    cognition.perform()
    economic.bid()
    social.raise_child()
    workspace.save()


if __name__ == "__main__":
    run(live)
