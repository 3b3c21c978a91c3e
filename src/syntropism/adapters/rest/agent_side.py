"""The agent side: the System Service, operation by operation."""

from typing import Any

from syntropism.adapters.rest.operations import PAGE, Access, Call, Operation, truth
from syntropism.adapters.rest.schemas import (
    BidBody,
    MessageBody,
    PlaceBidBody,
    PromptBody,
    QuoteBody,
    ReasoningBody,
    SpawnBody,
    TransferBody,
)
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.operator_service import OperatorService
from syntropism.application.operators.identity import OperatorIdentity
from syntropism.application.queries.losses import cycle_number
from syntropism.application.system_service import SystemService
from syntropism.application.views.attention import PromptView
from syntropism.application.views.bids import BidView, LossView, QuoteView
from syntropism.application.views.economy import BalanceView, TransferReceipt, TransferView
from syntropism.application.views.execution import Recorded, WindowView
from syntropism.application.views.market import (
    CycleView,
    MarketStateView,
    PricesView,
    ResourceState,
)
from syntropism.application.views.population import AgentCard, SpawnReceipt
from syntropism.application.views.social import MessageReceipt, MessageView
from syntropism.domain.economy.accounts import agent_account
from syntropism.domain.identifiers import AgentId, BidId, PromptId


def agent_operations(service: SystemService, operators: OperatorService) -> list[Operation]:
    """Everything an agent can do; operators may see any balance and the market too."""
    return [
        *_economic(service, operators),
        *_market(service, operators),
        *_social(service),
        *_human(service),
        *_execution(service),
    ]


def birth(body: SpawnBody) -> BirthRequest:
    """The agent to be, as the use case takes it."""
    first = body.first_bid
    return BirthRequest(
        body.name, body.endowment, body.files, body.strategy, first.request() if first else None
    )


def _economic(service: SystemService, operators: OperatorService) -> list[Operation]:
    def balance_of(call: Call) -> Any:
        agent_id = AgentId(call.path["agent_id"])
        if isinstance(call.identity, OperatorIdentity):
            return operators.balance(call.identity, agent_account(agent_id))
        return service.balance(call.agent, agent_id)

    def transfer(call: Call) -> Any:
        body = call.read(TransferBody)
        return service.transfer(call.agent, AgentId(body.to), body.amount, body.memo, call.key)

    return [
        Operation(
            scope="economic",
            method="GET",
            path="/economic/balance",
            quick=True,
            summary="The agent's own balance",
            run=lambda call: service.balance(call.agent),
            answers=BalanceView,
        ),
        Operation(
            scope="economic",
            method="GET",
            path="/economic/balance/{agent_id}",
            summary="The balance of an agent: one's own, or any for operators",
            access=Access.BOTH,
            run=balance_of,
            answers=BalanceView,
        ),
        Operation(
            scope="economic",
            method="POST",
            path="/economic/transfer",
            summary="Pay another agent",
            run=transfer,
            body=TransferBody,
            answers=TransferReceipt,
        ),
        Operation(
            scope="economic",
            method="GET",
            path="/economic/history",
            summary="The agent's transfers, newest first",
            run=lambda call: service.history(call.agent, *call.page),
            query=PAGE,
            answers=TransferView,
            listed=True,
        ),
    ]


def _market(service: SystemService, operators: OperatorService) -> list[Operation]:
    def state(call: Call) -> Any:
        if isinstance(call.identity, OperatorIdentity):
            return operators.market_state(call.identity)
        return service.market_state(call.agent)

    def quote(call: Call) -> Any:
        body = call.read(QuoteBody)
        return service.quote(call.agent, body.bundle.bundle(), body.amount)

    def losses(call: Call) -> Any:
        cycle = cycle_number(call.path["cycle"])
        if isinstance(call.identity, OperatorIdentity):
            return operators.losses(call.identity, cycle, *call.page)
        return service.market_losses(call.agent, cycle, *call.page)

    def place(call: Call) -> Any:
        body = call.read(PlaceBidBody)
        beneficiary = AgentId(body.beneficiary_id) if body.beneficiary_id else None
        return service.place_bid(call.agent, body.request(), beneficiary, call.key)

    def replace(call: Call) -> Any:
        body = call.read(BidBody)
        return service.replace_bid(call.agent, BidId(call.path["bid_id"]), body.request(), call.key)

    return [
        Operation(
            scope="market",
            method="GET",
            path="/market/prices",
            quick=True,
            summary="The posted prices, in credits per unit·second",
            run=lambda call: service.prices(call.agent),
            answers=PricesView,
        ),
        Operation(
            scope="market",
            method="GET",
            path="/market/state",
            summary="The market now, with its book when that is open",
            access=Access.BOTH,
            run=state,
            answers=MarketStateView,
        ),
        Operation(
            scope="market",
            method="GET",
            path="/market/state/{resource}",
            summary="One resource now",
            run=lambda call: service.market_state(call.agent, call.path["resource"]),
            answers=ResourceState,
        ),
        Operation(
            scope="market",
            method="POST",
            path="/market/quote",
            summary="What a bundle would cost, and how often an amount for it would have won",
            run=quote,
            body=QuoteBody,
            answers=QuoteView,
        ),
        Operation(
            scope="market",
            method="POST",
            path="/market/bid",
            summary="Bid for the next window, for oneself or as a sponsor",
            run=place,
            body=PlaceBidBody,
            answers=BidView,
        ),
        Operation(
            scope="market",
            method="GET",
            path="/market/bids",
            summary="The agent's bids, as agent or payer, newest first",
            run=lambda call: service.bids(call.agent, *call.page),
            query=PAGE,
            answers=BidView,
            listed=True,
        ),
        Operation(
            scope="market",
            method="PUT",
            path="/market/bid/{bid_id}",
            summary="A new bid in the place of an open one",
            run=replace,
            body=BidBody,
            answers=BidView,
        ),
        Operation(
            scope="market",
            method="DELETE",
            path="/market/bid/{bid_id}",
            summary="Take an open bid back",
            run=lambda call: service.withdraw_bid(call.agent, BidId(call.path["bid_id"]), call.key),
            answers=BidView,
        ),
        Operation(
            scope="market",
            method="GET",
            path="/market/history",
            summary="The cycles with their certificates, newest first",
            run=lambda call: service.market_history(call.agent, *call.page),
            query=PAGE,
            answers=CycleView,
            listed=True,
        ),
        Operation(
            scope="market",
            method="GET",
            path="/market/history/{cycle}/losses",
            summary="Who lost a cycle, why, and what would have won; a sealed book shows one's own",
            access=Access.BOTH,
            run=losses,
            query=PAGE,
            answers=LossView,
            listed=True,
        ),
    ]


def _social(service: SystemService) -> list[Operation]:
    def message(call: Call) -> Any:
        body = call.read(MessageBody)
        return service.send_message(call.agent, AgentId(body.to), body.content, call.key)

    def inbox(call: Call) -> Any:
        return service.inbox(call.agent, *call.page, unread=truth(call.query, "unread"))

    return [
        Operation(
            scope="social",
            method="POST",
            path="/social/message",
            summary="Write to another agent, for a fee",
            run=message,
            body=MessageBody,
            answers=MessageReceipt,
        ),
        Operation(
            scope="social",
            method="GET",
            path="/social/inbox",
            summary="The agent's messages, newest first; what is shown counts as read",
            run=inbox,
            query=(*PAGE, "unread"),
            answers=MessageView,
            listed=True,
        ),
        Operation(
            scope="social",
            method="POST",
            path="/social/spawn",
            summary="A child, for fee and endowment",
            run=lambda call: service.spawn(call.agent, birth(call.read(SpawnBody)), call.key),
            body=SpawnBody,
            answers=SpawnReceipt,
        ),
        Operation(
            scope="social",
            method="GET",
            path="/social/directory",
            summary="Everybody who is not dead",
            run=lambda call: service.directory(call.agent, *call.page),
            query=PAGE,
            answers=AgentCard,
            listed=True,
        ),
    ]


def _human(service: SystemService) -> list[Operation]:
    def submit(call: Call) -> Any:
        body = call.read(PromptBody)
        return service.submit_prompt(call.agent, body.content, body.amount, call.key)

    return [
        Operation(
            scope="human",
            method="POST",
            path="/human/prompt",
            summary="Show something to a human; needs attention in the bundle",
            run=submit,
            body=PromptBody,
            answers=PromptView,
        ),
        Operation(
            scope="human",
            method="GET",
            path="/human/prompt/{prompt_id}",
            quick=True,
            summary="A prompt of the agent's own",
            run=lambda call: service.prompt(call.agent, PromptId(call.path["prompt_id"])),
            answers=PromptView,
        ),
    ]


def _execution(service: SystemService) -> list[Operation]:
    return [
        Operation(
            scope="execution",
            method="GET",
            path="/execution",
            summary="The window the agent lives in, and what is left of it",
            run=lambda call: service.window(call.agent),
            answers=WindowView,
        ),
        Operation(
            scope="execution",
            method="POST",
            path="/execution/reasoning",
            summary="Record why the agent does what it does",
            run=lambda call: service.trace_reasoning(
                call.agent, call.read(ReasoningBody).text, call.key
            ),
            body=ReasoningBody,
            answers=Recorded,
        ),
    ]
