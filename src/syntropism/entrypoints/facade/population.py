"""Agents of an economy in this process."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.operators.identity import LOCAL
from syntropism.application.queries.people import agent_view, find_agent
from syntropism.application.views.population import AgentView
from syntropism.application.views.workspaces import FilesView
from syntropism.domain.credits import Credits, parse_micro
from syntropism.domain.identifiers import AgentId
from syntropism.domain.market.resources import Bundle
from syntropism.entrypoints.behaviours import CALLABLE_FILES, Behaviour
from syntropism.entrypoints.facade.opened import OpenedEconomy
from syntropism.strategies import files as strategy_files
from syntropism.strategies import names as strategy_names

B = TypeVar("B", bound=Behaviour)

_DEFAULT: Final = object()


class AgentHandle:
    """One agent of an :class:`Economy`."""

    def __init__(self, economy: OpenedEconomy, agent_id: str, name: str) -> None:
        self._economy = economy
        self.id = agent_id
        self.name = name

    def behaviour(self, function: B) -> B:
        """Decorator: ``function(me)`` runs whenever the agent wins a window; ``me`` is the same
        client as in a sandbox."""
        self._economy._behaviours.register(self.id, function)
        return function

    @property
    def view(self) -> AgentView:
        """The agent now: status, balance, held credits, lineage."""
        with self._economy._store(read_only=True) as uow:
            return agent_view(uow, find_agent(uow, self.id))

    @property
    def balance(self) -> Credits:
        """What it can spend now."""
        return self.view.balance

    @property
    def status(self) -> str:
        """``alive``, ``dormant`` or ``dead``."""
        return self.view.status

    @property
    def files(self) -> FilesView:
        """What lies in its workspace, or in the archive of it once it is dead."""
        workspaces = self._economy._container.workspaces()
        return FilesView.of(self.id, workspaces.listing(AgentId(self.id)))

    def __repr__(self) -> str:
        return f"AgentHandle({self.name!r}, id={self.id!r})"


class EconomyPopulation(OpenedEconomy):
    """Makes agents, wakes them and ends them."""

    def create_agent(
        self,
        name: str,
        credits: object = 1_000,
        *,
        strategy: str = "",
        files: Mapping[str, bytes] | None = None,
        first_bid: Any = _DEFAULT,
        behaviour: Behaviour | None = None,
    ) -> AgentHandle:
        """A new agent with ``credits``, endowed by you. It places a modest first bid unless
        ``first_bid`` is ``None`` or another ``(bundle, amount)``.

        What it does: ``behaviour`` (or the decorator of the handle), the built-in ``strategy``
        of that name, or the ``main.py`` among ``files``, which must define ``live(me)``.

        Raises:
            Invalid: a bad name, amount, file or bid.
        """
        if files is None:
            known = strategy in strategy_names()
            files = strategy_files(strategy) if known else CALLABLE_FILES
        bid = None
        if first_bid is not _DEFAULT and first_bid is not None:
            bundle, amount = first_bid
            bid = BidRequest(bundle, parse_micro(amount))
        request = BirthRequest(name, parse_micro(credits, "credits"), files, strategy, bid)
        view = self._operators.create_agent(LOCAL, request, None, bids=first_bid is not None)
        handle = AgentHandle(self, view["id"], name)
        if behaviour is not None:
            handle.behaviour(behaviour)
        return handle

    def agent(self, name_or_id: str) -> AgentHandle:
        """An agent by its id or unique name.

        Raises:
            NotFound: there is none.
            Conflict: several have this name.
        """
        with self._store(read_only=True) as uow:
            found = find_agent(uow, name_or_id)
        return AgentHandle(self, found.id, found.name)

    def agents(self) -> list[AgentView]:
        """All agents that ever were, oldest first."""
        with self._store(read_only=True) as uow:
            return [agent_view(uow, agent) for agent in uow.agents.everyone()]

    def kill(self, name_or_id: str) -> None:
        """Ends an agent.

        Raises:
            NotFound, Conflict: there is none, or it is dead.
        """
        self._operators.kill_agent(LOCAL, name_or_id)

    def sponsor(self, name_or_id: str, bundle: Bundle | None = None, amount: object = None) -> None:
        """A bid for an agent, paid by the treasury.

        Raises:
            NotFound, Conflict, InsufficientCredits: see :func:`place_bid`.
        """
        request = None if bundle is None else BidRequest(bundle, parse_micro(amount))
        self._operators.sponsor_agent(LOCAL, name_or_id, request)
