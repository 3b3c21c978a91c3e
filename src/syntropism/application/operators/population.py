"""Agents, as operators see, make, wake and end them."""

from typing import Any

from attrs import frozen

from syntropism.application.commands import bidding, dying, spawning
from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.documents import document
from syntropism.application.effects import Effects
from syntropism.application.operators.asking import OperatorSide
from syntropism.application.operators.identity import OperatorIdentity
from syntropism.application.queries import people
from syntropism.application.views.workspaces import FilesView
from syntropism.domain.economy.accounts import TREASURY
from syntropism.domain.population.agents import AgentStatus


@frozen(slots=True)
class OperatedPopulation(OperatorSide):
    """The agents."""

    def agents(
        self,
        who: OperatorIdentity,
        limit: int,
        cursor: str | None,
        status: AgentStatus | None = None,
    ) -> Any:
        """Agents, newest first."""
        return self._ask(who, lambda uow: people.agents(uow, limit, cursor, status))

    def agent(self, who: OperatorIdentity, name_or_id: str) -> Any:
        """One agent."""
        return self._ask(
            who, lambda uow: people.agent_view(uow, people.find_agent(uow, name_or_id))
        )

    def files(self, who: OperatorIdentity, name_or_id: str) -> Any:
        """What lies in an agent's workspace, or in the archive of a dead one."""
        who.require("viewer")
        with self.store(read_only=True) as uow:
            found = people.find_agent(uow, name_or_id)
        return document(FilesView.of(found.id, self.workspaces.listing(found.id)))

    def create_agent(
        self,
        who: OperatorIdentity,
        request: BirthRequest,
        key: str | None,
        *,
        bids: bool = True,
        checked_files: bool = True,
    ) -> Any:
        """An agent endowed by the operator."""
        body = {
            "name": request.name,
            "strategy": request.strategy,
            "endowment": request.endowment,
            "files": {path: content.hex() for path, content in request.files.items()},
            "first_bid": request.first_bid.document if request.first_bid else None,
            "bids": bids,
        }

        def run(fx: Effects) -> object:
            agent = spawning.create_agent(fx, request, bids=bids, checked_files=checked_files)
            return people.agent_view(fx.uow, agent)

        return self._act(who, "admin", "agent.create", key, body, run)

    def kill_agent(self, who: OperatorIdentity, name_or_id: str, key: str | None = None) -> Any:
        """Ends an agent."""

        def run(fx: Effects) -> object:
            return dying.kill_agent(fx, people.find_agent(fx.uow, name_or_id).id)

        return self._act(who, "admin", "agent.kill", key, {"agent": name_or_id}, run)

    def sponsor_agent(
        self,
        who: OperatorIdentity,
        name_or_id: str,
        request: BidRequest | None,
        key: str | None = None,
    ) -> Any:
        """A bid for an agent, paid by the treasury."""

        def run(fx: Effects) -> object:
            agent = people.find_agent(fx.uow, name_or_id)
            return bidding.place_bid(fx, TREASURY, agent.id, request or spawning.first_bid(fx))

        body = {"agent": name_or_id, "bid": request.document if request else None}
        return self._act(who, "admin", "agent.sponsor", key, body, run)
