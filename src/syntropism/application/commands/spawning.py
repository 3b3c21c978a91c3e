"""Where agents come from: genesis, operators, and parents who pay for it (law 12)."""

from collections.abc import Mapping

from attrs import frozen

from syntropism.application.commands.bidding import BidRequest, place_bid
from syntropism.application.effects import Effects
from syntropism.application.views.population import SpawnReceipt
from syntropism.domain.credits import Credits, format_micro
from syntropism.domain.economy.accounts import BURN, MINT_GENESIS, agent_account
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.errors import Invalid, NotFound
from syntropism.domain.identifiers import AgentId, BidId
from syntropism.domain.population.agents import Agent, require_name, require_strategy
from syntropism.domain.population.files import require_files


@frozen(slots=True)
class BirthRequest:
    """A child to be: its name, the label it is counted under, its credits (micro), its files
    and its first bid (the configured modest one if ``None``)."""

    name: str
    endowment: int
    files: Mapping[str, bytes]
    strategy: str = ""
    first_bid: BidRequest | None = None


def first_bid(fx: Effects) -> BidRequest:
    """The first bid of an agent that was given none."""
    return BidRequest(fx.parameters.first_bundle, fx.parameters.first_bid_amount)


def spawn(fx: Effects, parent_id: AgentId, request: BirthRequest) -> SpawnReceipt:
    """A child of ``parent_id``, which pays the spawn fee and the endowment, exactly. The
    endowment must cover the child's mandatory first bid.

    Raises:
        Invalid: a bad name, strategy, file or first bid, or an endowment that is too small.
        TooLarge: the files.
        InsufficientCredits: the parent cannot cover fee and endowment.
    """
    bid = request.first_bid or first_bid(fx)
    least = max(bid.amount, bid.fallback_amount)
    if request.endowment < least:
        raise Invalid(
            f"endowment must cover the first bid of {format_micro(least)} credits",
            field="endowment",
        )
    name, strategy = require_name(request.name), require_strategy(request.strategy)
    files = require_files(request.files)
    parent = fx.uow.agents.lock([parent_id]).get(parent_id)
    if parent is None:
        raise NotFound(f"there is no agent {parent_id}"[:120])
    child = parent.child(AgentId(fx.new_id()), name, strategy or parent.strategy, fx.cycle, fx.now)
    payer, fee = agent_account(parent.id), fx.parameters.spawn_fee
    fx.uow.agents.add(child)
    fx.uow.ledger.open_account(agent_account(child.id))
    fx.move(payer, BURN, fee, TransferKind.SPAWN_FEE, child.id)
    fx.move(
        payer, agent_account(child.id), request.endowment, TransferKind.SPAWN_ENDOWMENT, child.id
    )
    bid_id = _born(fx, child, files, request.endowment, bid)
    assert bid_id is not None
    balance = fx.uow.ledger.balances([payer])[payer]
    return SpawnReceipt(
        child.id, name, Credits(fee), Credits(request.endowment), bid_id, Credits(balance)
    )


def create_agent(
    fx: Effects, request: BirthRequest, *, bids: bool = True, checked_files: bool = True
) -> Agent:
    """An agent without a parent, endowed by the operator (``mint:genesis``).

    ``bids`` tells whether it starts with a first bid; agents that are Python callables have no
    files (``checked_files=False``).

    Raises:
        Invalid: a bad name, strategy, file or first bid, or an endowment that does not cover it.
        TooLarge: the files.
    """
    if request.endowment < 0:
        raise Invalid("endowment must not be negative", field="endowment")
    name, strategy = require_name(request.name), require_strategy(request.strategy)
    files = require_files(request.files) if checked_files else dict(request.files)
    agent = Agent(AgentId(fx.new_id()), name, strategy, None, 0, fx.cycle, fx.now)
    account = agent_account(agent.id)
    fx.uow.agents.add(agent)
    fx.uow.ledger.open_account(account)
    fx.move(MINT_GENESIS, account, request.endowment, TransferKind.ENDOWMENT, agent.id)
    bid = (request.first_bid or first_bid(fx)) if bids else None
    if bid is not None and request.endowment < max(bid.amount, bid.fallback_amount):
        raise Invalid("endowment must cover the first bid", field="endowment")
    _born(fx, agent, files, request.endowment, bid)
    return agent


def _born(
    fx: Effects, agent: Agent, files: Mapping[str, bytes], endowment: int, bid: BidRequest | None
) -> BidId | None:
    fx.uow.workspace_files.add(agent.id, files)
    fx.happened(
        "population.agent.spawned",
        agent_id=agent.id,
        parent_id=agent.parent_id,
        name=agent.name,
        strategy=agent.strategy,
        generation=agent.generation,
        endowment_micro=endowment,
        fee_micro=fx.parameters.spawn_fee if agent.parent_id else 0,
    )
    if bid is None:
        return None
    return BidId(place_bid(fx, agent_account(agent.id), agent.id, bid).id)
