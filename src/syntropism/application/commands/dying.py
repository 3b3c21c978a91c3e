"""Death: what is open is settled, what is left is burned."""

from syntropism.application.commands.bidding import end_bid
from syntropism.application.commands.prompting import end_prompt
from syntropism.application.effects import Effects
from syntropism.application.views.population import AgentCard
from syntropism.domain.attention.prompts import PromptStatus
from syntropism.domain.economy.accounts import BURN, TREASURY, agent_account
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.errors import NotFound
from syntropism.domain.execution.executions import Execution, ExecutionStatus
from syntropism.domain.identifiers import AccountId, AgentId
from syntropism.domain.market.bids import BidStatus
from syntropism.domain.population.agents import Agent, CauseOfDeath


def payer_lives(fx: Effects, payer: AccountId) -> bool:
    """Whether a refund would reach somebody; a refund to a dead payer stays burned. Locked, so
    that it does not die before the refund arrives."""
    if payer == TREASURY:
        return True
    agent = fx.uow.agents.lock([AgentId(payer)]).get(AgentId(payer))
    return agent is not None and agent.living


def refund(fx: Effects, execution: Execution) -> bool:
    """Gives the payment back, once, if its payer lives; tells whether it did."""
    if execution.refunded or not payer_lives(fx, execution.payer):
        return False
    fx.move(BURN, execution.payer, execution.payment, TransferKind.REFUND, execution.id)
    return True


def bury(fx: Effects, agent: Agent, cause: CauseOfDeath) -> Agent:
    """The end of an agent: its own holds return to it and its estate is burned; what sponsors
    had set aside for it goes back to them."""
    dead = agent.dead(cause, fx.cycle)
    fx.uow.agents.save([dead])
    _end_window(fx, agent)
    standing = fx.uow.bids.open_for(agent.id)
    if standing is not None:
        end_bid(fx, standing, BidStatus.CANCELLED)
    else:
        _end_window(fx, agent)  # the bid may have won while we waited for it
    account = agent_account(agent.id)
    for sponsored in fx.uow.bids.open_paid_by(account):
        end_bid(fx, sponsored, BidStatus.CANCELLED)
    for prompt in fx.uow.prompts.queued():
        if prompt.agent_id == agent.id:
            end_prompt(fx, prompt, PromptStatus.WITHDRAWN)
    assert not fx.uow.holds.open_of(account), "a hold outlived its agent"
    estate = fx.uow.ledger.balances([account])[account]
    fx.move(account, BURN, estate, TransferKind.ESTATE, agent.id)
    fx.happened("population.agent.died", agent_id=agent.id, cause=cause.value, estate_micro=estate)
    return dead


def _end_window(fx: Effects, agent: Agent) -> None:
    execution = fx.uow.executions.unfinished_of(agent.id)
    if execution is None:
        return
    queued = execution.status is ExecutionStatus.QUEUED
    refunded = queued and refund(fx, execution)
    ended = execution.ended(
        ExecutionStatus.KILLED,
        now=fx.now,
        cycle=fx.cycle,
        detail="its agent died",
        refunded=refunded,
    )
    fx.uow.executions.save(ended)
    fx.happened(
        "execution.run.terminated",
        execution_id=ended.id,
        agent_id=agent.id,
        status=ended.status.value,
        refunded=refunded,
    )


def kill_agent(fx: Effects, agent_id: AgentId) -> AgentCard:
    """An operator ends an agent.

    Raises:
        NotFound: there is no such agent.
        Conflict: it is dead already.
    """
    agent = fx.uow.agents.lock([agent_id]).get(agent_id)
    if agent is None:
        raise NotFound(f"there is no agent {agent_id}"[:120], field="agent_id")
    agent.require_living()
    dead = bury(fx, agent, CauseOfDeath.KILLED)
    return AgentCard(dead.id, dead.name, dead.status.value, dead.strategy, dead.generation)
