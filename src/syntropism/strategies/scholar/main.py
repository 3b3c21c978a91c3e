"""The scholar: reports what it measured in the market, in an orderly text."""

from services import Cognition, Economic, Social, Workspace
from syntropism_sdk import Me, run


def live(me: Me) -> None:
    """One window of a scholar."""
    workspace = Workspace(me)
    cognition = Cognition(me, workspace)
    economic = Economic(me, cognition, workspace)
    social = Social(me, economic, workspace)

    cognition.learn()
    cognition.perform()
    economic.bid()
    social.pay_debts()
    social.raise_child()
    social.make_will(me.lineage["parent_id"])
    workspace.save()


if __name__ == "__main__":
    run(live)
