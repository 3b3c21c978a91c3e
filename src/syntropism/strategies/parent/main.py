"""The parent: has children early, and goes on supporting them."""

from services import Cognition, Economic, Social, Workspace
from syntropism_sdk import Me, run


def live(me: Me) -> None:
    """One window of a parent."""
    workspace = Workspace(me)
    cognition = Cognition(me, workspace)
    economic = Economic(me, cognition, workspace)
    social = Social(me, economic, workspace)

    cognition.learn()
    cognition.perform()
    economic.bid()
    social.raise_child()
    social.support_children()
    social.make_will(social.heir)
    workspace.save()


if __name__ == "__main__":
    run(live)
