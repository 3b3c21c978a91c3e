"""The System Service: everything an agent can do, behind its proven identity.

REST, the in-process sandbox and every later door call these methods; so they answer alike.
Answers are plain documents (see ``docs/reference/system-service.md``).
"""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from syntropism.application.commands import bidding, economic, messaging, prompting, spawning
from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.performing import perform
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.documents import document
from syntropism.application.effects import Effects
from syntropism.application.ports.tokens import AgentIdentity
from syntropism.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from syntropism.application.ports.usage_meter import UsageMeter
from syntropism.application.queries import economy, execution, market, people
from syntropism.application.queries.losses import losses
from syntropism.application.queries.quoting import quote
from syntropism.application.retrying import retried
from syntropism.application.rules import Rules
from syntropism.domain.economy.accounts import agent_account
from syntropism.domain.errors import Forbidden, Unauthenticated
from syntropism.domain.execution.executions import Execution
from syntropism.domain.identifiers import AgentId, BidId, PromptId
from syntropism.domain.market.resources import Bundle


@frozen(slots=True)
class SystemService:
    """The agent side. Every method takes who asks; nothing else says who acts (law 10).

    All methods raise ``Unauthenticated`` when the attempt is no longer current, and those with a
    ``key`` are idempotent by it.
    """

    store: UnitOfWorkFactory
    rules: Rules
    meter: UsageMeter | None = None
    """Knows what running windows have used, where somebody tells it."""

    # economic

    def balance(self, who: AgentIdentity, agent_id: AgentId | None = None) -> Any:
        """The agent's own balance.

        Raises:
            Forbidden: another agent's.
        """

        def query(uow: UnitOfWork) -> object:
            if agent_id is not None and agent_id != who.agent_id:
                raise Forbidden("another agent's balance is not yours to see")
            return economy.balance(uow, agent_account(who.agent_id))

        return self._ask(who, query)

    def transfer(
        self, who: AgentIdentity, to: AgentId, amount: int, memo: str, key: str | None
    ) -> Any:
        """Pays another agent; see :func:`economic.transfer`."""
        return self._act(
            who,
            "transfer",
            key,
            {"to": to, "amount": amount, "memo": memo},
            lambda fx, _: economic.transfer(fx, who.agent_id, to, amount, memo),
        )

    def history(self, who: AgentIdentity, limit: int, cursor: str | None) -> Any:
        """The transfers that touch the agent's account, newest first."""
        account = agent_account(who.agent_id)
        return self._ask(who, lambda uow: economy.history(uow, account, limit, cursor))

    # market

    def prices(self, who: AgentIdentity) -> Any:
        """The posted prices."""
        return self._ask(who, lambda uow: market.prices(uow, self.rules.parameters))

    def market_state(self, who: AgentIdentity, resource: str | None = None) -> Any:
        """The market now, or one resource of it."""
        parameters = self.rules.parameters
        if resource is None:
            return self._ask(who, lambda uow: market.state(uow, parameters))
        return self._ask(who, lambda uow: market.resource_state(uow, parameters, resource))

    def quote(self, who: AgentIdentity, bundle: Bundle, amount: int | None = None) -> Any:
        """What a bundle would cost, and how often ``amount`` micro-credits would have won."""
        return self._ask(who, lambda uow: quote(uow, self.rules.parameters, bundle, amount))

    def place_bid(
        self,
        who: AgentIdentity,
        request: BidRequest,
        beneficiary_id: AgentId | None,
        key: str | None,
    ) -> Any:
        """Bids for itself, or sponsors ``beneficiary_id``; the payer is always the caller."""
        payer, agent_id = agent_account(who.agent_id), beneficiary_id or who.agent_id
        return self._act(
            who,
            "bid",
            key,
            {**request.document, "beneficiary_id": agent_id},
            lambda fx, _: bidding.place_bid(fx, payer, agent_id, request),
        )

    def replace_bid(
        self, who: AgentIdentity, bid_id: BidId, request: BidRequest, key: str | None
    ) -> Any:
        """A new bid in the place of an open one."""
        return self._act(
            who,
            "bid.replace",
            key,
            {**request.document, "bid_id": bid_id},
            lambda fx, _: bidding.replace_bid(fx, who.agent_id, bid_id, request),
        )

    def withdraw_bid(self, who: AgentIdentity, bid_id: BidId, key: str | None) -> Any:
        """Takes an open bid back."""
        return self._act(
            who,
            "bid.withdraw",
            key,
            {"bid_id": bid_id},
            lambda fx, _: bidding.withdraw_bid(fx, who.agent_id, bid_id),
        )

    def bids(self, who: AgentIdentity, limit: int, cursor: str | None) -> Any:
        """The agent's bids, as agent or payer, newest first."""
        return self._ask(who, lambda uow: market.bids(uow, who.agent_id, limit, cursor))

    def market_losses(self, who: AgentIdentity, cycle: int, limit: int, cursor: str | None) -> Any:
        """Who lost a cycle and what would have won; with a sealed book the agent's own bids."""
        parameters = self.rules.parameters
        return self._ask(
            who, lambda uow: losses(uow, parameters, cycle, limit, cursor, who.agent_id)
        )

    def market_history(self, who: AgentIdentity, limit: int, cursor: str | None) -> Any:
        """The cycles with their certificates, newest first."""
        return self._ask(who, lambda uow: market.history(uow, limit, cursor))

    # social

    def send_message(self, who: AgentIdentity, to: AgentId, content: str, key: str | None) -> Any:
        """Writes to another agent, for a fee."""
        return self._act(
            who,
            "message",
            key,
            {"to": to, "content": content},
            lambda fx, _: messaging.send_message(fx, who.agent_id, to, content),
        )

    @retried
    def inbox(
        self, who: AgentIdentity, limit: int, cursor: str | None, *, unread: bool = False
    ) -> Any:
        """The agent's messages, newest first; what is shown counts as read."""
        with self.store() as uow:
            window = self._current(uow, who)
            page, shown = people.inbox(uow, who.agent_id, limit, cursor, unread=unread)
            fresh = [message for message in shown if message.read_at is None]
            if fresh:
                uow.messages.mark_read(fresh, uow.now())
                uow.executions.save(window.acting())  # another attempt would not see them as new
                uow.commit()
            return document(page)

    def spawn(self, who: AgentIdentity, request: BirthRequest, key: str | None) -> Any:
        """A child of the agent, which pays for it."""
        files = {path: content.hex() for path, content in request.files.items()}
        body = {
            "name": request.name,
            "strategy": request.strategy,
            "endowment": request.endowment,
            "files": files,
            "first_bid": request.first_bid.document if request.first_bid else None,
        }
        return self._act(
            who, "spawn", key, body, lambda fx, _: spawning.spawn(fx, who.agent_id, request)
        )

    def directory(self, who: AgentIdentity, limit: int, cursor: str | None) -> Any:
        """Everybody who is not dead."""
        return self._ask(who, lambda uow: people.directory(uow, limit, cursor))

    # human

    def submit_prompt(self, who: AgentIdentity, content: str, amount: int, key: str | None) -> Any:
        """Shows something to a human."""
        return self._act(
            who,
            "prompt",
            key,
            {"content": content, "amount": amount},
            lambda fx, window: prompting.submit_prompt(fx, window, content, amount),
        )

    def prompt(self, who: AgentIdentity, prompt_id: PromptId) -> Any:
        """A prompt of the agent's own."""
        return self._ask(who, lambda uow: people.own_prompt(uow, who.agent_id, prompt_id))

    # execution

    def window(self, who: AgentIdentity) -> Any:
        """The window the agent lives in, and what is left of it."""
        with self.store(read_only=True) as uow:
            current, now = self._current(uow, who), uow.now()
        usage = self.meter.read(who.execution_id, who.attempt) if self.meter else None
        return document(execution.window(current, now, usage))

    def trace_reasoning(self, who: AgentIdentity, text: str, key: str | None) -> Any:
        """Records why the agent did what it did."""
        return self._act(
            who,
            "reasoning",
            key,
            {"text": text},
            lambda fx, window: messaging.trace_reasoning(fx, window, text),
        )

    # how

    def _current(self, uow: UnitOfWork, who: AgentIdentity) -> Execution:
        found = uow.executions.get(who.execution_id)
        if found is None or found.agent_id != who.agent_id:
            raise Unauthenticated("there is no such window")
        found.require_current(who.attempt, uow.now(), self.rules.parameters.token_grace_ms)
        return found

    def _ask(self, who: AgentIdentity, query: Callable[[UnitOfWork], object]) -> Any:
        with self.store(read_only=True) as uow:
            self._current(uow, who)
            return document(query(uow))

    def _act(
        self,
        who: AgentIdentity,
        operation: str,
        key: str | None,
        body: Mapping[str, Any],
        command: Callable[[Effects, Execution], object],
    ) -> Any:
        def run(uow: UnitOfWork) -> object:
            window = self._current(uow, who)
            fx = Effects(uow, self.rules, who.agent_id, correlation=who.execution_id)
            answer = command(fx, window)
            latest = uow.executions.get(who.execution_id)
            if latest is not None and not latest.acted:
                uow.executions.save(latest.acting())
            return answer

        return perform(
            self.store,
            f"{who.agent_id}:{operation}",
            key,
            body,
            run,
            admit=lambda uow: void(self._current(uow, who)),
        )


def void(_value: object) -> None:
    """Drops a value that was only computed to see whether it could be."""
