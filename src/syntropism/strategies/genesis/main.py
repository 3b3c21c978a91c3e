"""The founder: performs, and founds one family after another out of the sources it carries."""

from services import Cognition, Economic, Social, Workspace
from syntropism_sdk import Me, run


def live(me: Me) -> None:
    """One window of the founder."""
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
