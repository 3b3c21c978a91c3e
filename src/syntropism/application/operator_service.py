"""The operator side: what the human who runs an economy can see and do."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import frozen

from syntropism.application.commands import bidding, dead_letters, dying, prompting, spawning
from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.performing import perform
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.documents import document
from syntropism.application.effects import Effects
from syntropism.application.ports.repositories.operators import Operator
from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.application.ports.workspaces import Workspaces
from syntropism.application.queries import economy, execution, market, people
from syntropism.application.queries.losses import losses
from syntropism.application.retrying import retried
from syntropism.application.rules import Rules
from syntropism.application.views.attention import PromptView
from syntropism.application.views.pages import Page
from syntropism.application.views.workspaces import FilesView
from syntropism.domain.attention.prompts import Scores, by_rank
from syntropism.domain.economy.accounts import TREASURY
from syntropism.domain.errors import Forbidden, Invalid, Unauthenticated
from syntropism.domain.execution.dead_letters import DeadLetterStatus
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.identifiers import AccountId, DeadLetterId, ExecutionId, OperatorId, PromptId
from syntropism.domain.population.agents import AgentStatus, require_name

ROLES: Final = ("viewer", "scorer", "admin")
"""Each role may do what those before it may."""

WORKER: Final = "worker"
"""A role apart: it takes windows and reports on them, and sees nothing else."""

ALL_ROLES: Final = (*ROLES, WORKER)


@frozen(slots=True)
class OperatorIdentity:
    """A proven operator and its role."""

    operator_id: str
    name: str
    role: str

    def require(self, role: str) -> None:
        """Raises:
        Forbidden: this needs a higher role.
        """
        if role == WORKER:
            able = self.role in (WORKER, "admin")
        else:
            able = self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role)
        if not able:
            raise Forbidden(f"this needs the role {role}", role=self.role)


LOCAL: Final = OperatorIdentity("local", "local", "admin")
"""Whoever runs this very process."""


@frozen(slots=True)
class OperatorService:
    """Every method takes who asks; those that change something need a role."""

    store: UnitOfWorkFactory
    rules: Rules
    workspaces: Workspaces

    # operators

    @retried
    def issue_token(self, who: OperatorIdentity, name: str, role: str, secret: str) -> Any:
        """A new operator who proves itself by ``secret``, which is kept only as a hash.

        Raises:
            Invalid: an unknown role or bad name.
        """
        who.require("admin")
        if role not in ALL_ROLES:
            raise Invalid(f"role must be one of {', '.join(ALL_ROLES)}", field="role")
        require_name(name)
        with self.store() as uow:
            operator = Operator(
                OperatorId(self.rules.ids.new()), name, role, token_hash(secret), uow.now()
            )
            uow.operators.add(operator)
            uow.commit()
            return {"operator_id": operator.id, "name": name, "role": role}

    @retried
    def bootstrap(self, secret: str) -> bool:
        """Makes ``secret`` the first admin's token, unless there is an operator already; whether
        it is. Repeatable with the same secret."""
        with self.store() as uow:
            uow.leases.get("operators")  # locked: one at a time may find that there is none
            if uow.operators.count():
                return uow.operators.by_token_hash(token_hash(secret)) is not None
            uow.operators.add(
                Operator(
                    OperatorId(self.rules.ids.new()),
                    "admin",
                    "admin",
                    token_hash(secret),
                    uow.now(),
                )
            )
            uow.commit()
            return True

    def authenticate(self, secret: str) -> OperatorIdentity:
        """Who proves itself by ``secret``.

        Raises:
            Unauthenticated: nobody does.
        """
        with self.store(read_only=True) as uow:
            operator = uow.operators.by_token_hash(token_hash(secret))
        if operator is None:
            raise Unauthenticated("the token is not valid")
        return OperatorIdentity(operator.id, operator.name, operator.role)

    # agents

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

    # executions

    def executions(
        self,
        who: OperatorIdentity,
        limit: int,
        cursor: str | None,
        agent: str | None = None,
        status: ExecutionStatus | None = None,
    ) -> Any:
        """Executions, newest first."""

        def query(uow: UnitOfWork) -> object:
            agent_id = people.find_agent(uow, agent).id if agent else None
            return execution.executions(uow, limit, cursor, agent_id, status)

        return self._ask(who, query)

    def execution(self, who: OperatorIdentity, execution_id: ExecutionId) -> Any:
        """One execution."""
        return self._ask(who, lambda uow: execution.execution(uow, execution_id))

    def execution_log(self, who: OperatorIdentity, execution_id: ExecutionId) -> Any:
        """What a window wrote."""
        return self._ask(who, lambda uow: execution.log(uow, execution_id))

    def dead_letters(
        self,
        who: OperatorIdentity,
        limit: int,
        cursor: str | None,
        status: DeadLetterStatus | None = None,
    ) -> Any:
        """Executions that ended badly, newest first."""
        return self._ask(who, lambda uow: execution.dead_letters(uow, limit, cursor, status))

    def retry_dead_letter(
        self, who: OperatorIdentity, letter_id: DeadLetterId, key: str | None = None
    ) -> Any:
        """A new bid on the same terms, paid by the treasury."""
        return self._act(
            who,
            "admin",
            "dead_letter.retry",
            key,
            {"id": letter_id},
            lambda fx: dead_letters.retry_dead_letter(fx, letter_id),
        )

    def discard_dead_letter(
        self, who: OperatorIdentity, letter_id: DeadLetterId, key: str | None = None
    ) -> Any:
        """Puts a dead letter away."""
        return self._act(
            who,
            "admin",
            "dead_letter.discard",
            key,
            {"id": letter_id},
            lambda fx: dead_letters.discard_dead_letter(fx, letter_id),
        )

    # prompts

    def prompts(self, who: OperatorIdentity, limit: int, cursor: str | None) -> Any:
        """All prompts, newest first."""
        return self._ask(who, lambda uow: people.prompts(uow, limit, cursor))

    def prompt_queue(self, who: OperatorIdentity) -> Any:
        """What waits for a human, as it is shown: highest amount first, then oldest."""

        def query(uow: UnitOfWork) -> object:
            return Page(tuple(PromptView.of(one) for one in by_rank(uow.prompts.queued())), None)

        return self._ask(who, query)

    def score_prompt(
        self, who: OperatorIdentity, prompt_id: PromptId, scores: Scores, key: str | None = None
    ) -> Any:
        """A human's scores."""
        return self._act(
            who,
            "scorer",
            "prompt.score",
            key,
            {"id": prompt_id, **scores.document},
            lambda fx: prompting.score_prompt(fx, prompt_id, scores, who.name),
        )

    def skip_prompt(
        self, who: OperatorIdentity, prompt_id: PromptId, key: str | None = None
    ) -> Any:
        """A prompt nobody will score."""
        return self._act(
            who,
            "scorer",
            "prompt.skip",
            key,
            {"id": prompt_id},
            lambda fx: prompting.skip_prompt(fx, prompt_id),
        )

    # the whole

    def status(self, who: OperatorIdentity) -> Any:
        """The economy at a glance."""
        return self._ask(who, economy.status)

    def balance(self, who: OperatorIdentity, account: AccountId) -> Any:
        """What any account holds."""
        return self._ask(who, lambda uow: economy.balance(uow, account))

    def transactions(
        self,
        who: OperatorIdentity,
        limit: int,
        cursor: str | None,
        account: AccountId | None = None,
    ) -> Any:
        """Transfers, newest first."""
        return self._ask(who, lambda uow: economy.history(uow, account, limit, cursor))

    def cycles(self, who: OperatorIdentity, limit: int, cursor: str | None) -> Any:
        """Cycles with their certificates, newest first."""
        return self._ask(who, lambda uow: market.history(uow, limit, cursor))

    def losses(self, who: OperatorIdentity, cycle: int, limit: int, cursor: str | None) -> Any:
        """Who lost a cycle, why, and what would have won."""
        parameters = self.rules.parameters
        return self._ask(who, lambda uow: losses(uow, parameters, cycle, limit, cursor))

    def market_state(self, who: OperatorIdentity) -> Any:
        """The market now."""
        return self._ask(who, lambda uow: market.state(uow, self.rules.parameters))

    def _ask(self, who: OperatorIdentity, query: Callable[[UnitOfWork], object]) -> Any:
        who.require("viewer")
        with self.store(read_only=True) as uow:
            return document(query(uow))

    def _act(
        self,
        who: OperatorIdentity,
        role: str,
        operation: str,
        key: str | None,
        body: Mapping[str, Any],
        command: Callable[[Effects], object],
    ) -> Any:
        who.require(role)
        return perform(
            self.store,
            f"operator:{who.operator_id}:{operation}",
            key,
            body,
            lambda uow: command(Effects(uow, self.rules, who.name)),
        )


def token_hash(secret: str) -> str:
    """The fingerprint under which an operator's (random, 256-bit) token is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()
