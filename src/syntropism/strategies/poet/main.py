"""The poet: writes verse, asks little, and leaves the purse alone."""

from services import Cognition, Economic, Social, Workspace
from syntropism_sdk import Me, run


def live(me: Me) -> None:
    """One window of a poet."""
    workspace = Workspace(me)
    cognition = Cognition(me, workspace)
    economic = Economic(me, cognition, workspace)
    social = Social(me, economic, workspace)

    cognition.learn()
    cognition.perform()
    economic.bid()
    social.pay_debts()
    social.raise_child()
    workspace.save()


if __name__ == "__main__":
    run(live)
