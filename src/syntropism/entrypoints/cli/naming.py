"""Names for people, in the place of identifiers."""

from collections.abc import Iterable
from typing import Final

from syntropism.application.untrusted import plain
from syntropism.domain.economy.accounts import is_hold
from syntropism.domain.identifiers import AccountId, AgentId
from syntropism.entrypoints.cli.office import Office

_NAME_MAX: Final = 24


def names_of(office: Office, identifiers: Iterable[str]) -> dict[str, str]:
    """What to call each of ``identifiers``: an agent by its name, a hold just so, anything else
    as it is."""
    called: dict[str, str] = {}
    with office.store(read_only=True) as uow:
        for one in set(identifiers):
            agent = uow.agents.get(AgentId(one))
            if agent is not None:
                called[one] = plain(agent.name, length_max=_NAME_MAX)
            else:
                called[one] = "a hold" if is_hold(AccountId(one)) else one
    return called
