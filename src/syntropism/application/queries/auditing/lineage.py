"""Laws 2, 12 and 13 on agents: born of somebody earlier, paid for exactly, dead for good."""

from syntropism.application.queries.auditing.evidence import Evidence, Move
from syntropism.application.queries.auditing.past import Past
from syntropism.domain.economy.accounts import BURN, MINT_GENESIS, TREASURY, agent_account
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.population.agents import Agent


def check_agents(evidence: Evidence, past: Past) -> None:
    """Every agent against its parent, the transfers of its birth and death, and its events."""
    _check_treasury(evidence)
    for agent in evidence.agents.values():
        evidence.checked["agents"] += 1
        past.compare(evidence, "agent", agent.id, agent.status.value)
        _check_parent(evidence, agent)
        _check_credits(evidence, past, agent)
    _check_dead(evidence)


def _check_treasury(evidence: Evidence) -> None:
    given = evidence.caused.get(TREASURY, ())
    total = sum(transfer.amount for transfer in given[:1])
    endowment = Move(TransferKind.ENDOWMENT, MINT_GENESIS, TREASURY, total)
    evidence.reconcile("treasury", [endowment], given)


def _check_parent(evidence: Evidence, agent: Agent) -> None:
    """Parents exist before their children, so lineage has no cycles."""
    if agent.parent_id is None:
        evidence.require(12, agent.generation == 0, f"agent {agent.id} is an orphan of no one")
        return
    parent = evidence.agents.get(agent.parent_id)
    if parent is None:
        evidence.fail(12, f"the parent of agent {agent.id} never was")
        return
    evidence.require(
        12,
        agent.generation == parent.generation + 1,
        f"agent {agent.id} is of generation {agent.generation}, its parent of {parent.generation}",
    )
    evidence.require(
        12,
        parent.born_cycle <= agent.born_cycle,
        f"agent {agent.id} is of an earlier cycle than its parent",
    )


def _check_credits(evidence: Evidence, past: Past, agent: Agent) -> None:
    """The endowment, from the mint or from the parent (who also paid the fee); the estate."""
    account, birth = agent_account(agent.id), past.births.pop(agent.id, None)
    if birth is None:
        evidence.fail(13, f"no event tells how agent {agent.id} was born")
        return
    if agent.parent_id is None:
        moves = [Move(TransferKind.ENDOWMENT, MINT_GENESIS, account, birth.endowment)]
    else:
        payer = agent_account(agent.parent_id)
        fee = evidence.parameters.spawn_fee if birth.fee is None else birth.fee
        moves = [
            Move(TransferKind.SPAWN_FEE, payer, BURN, fee),
            Move(TransferKind.SPAWN_ENDOWMENT, payer, account, birth.endowment),
        ]
    if not agent.living:
        estate = past.estates.pop(agent.id, 0)
        moves.append(Move(TransferKind.ESTATE, account, BURN, estate))
    evidence.reconcile(f"agent {agent.id}", moves, evidence.caused.get(agent.id, ()))


def _check_dead(evidence: Evidence) -> None:
    """The dead own nothing, and nothing is open for them."""
    uow = evidence.uow
    dead = {agent.id: agent for agent in evidence.agents.values() if not agent.living}
    left = uow.ledger.balances(agent_account(agent_id) for agent_id in dead)
    for account, balance in left.items():
        evidence.require(2, balance == 0, f"dead agent {account} still owns credits")
    for bid in uow.bids.all_open():
        evidence.require(4, bid.agent_id not in dead, f"dead agent {bid.agent_id} has a bid")
    for one in uow.executions.unfinished():
        evidence.require(7, one.agent_id not in dead, f"dead agent {one.agent_id} has a window")
    for prompt in uow.prompts.queued():
        evidence.require(8, prompt.agent_id not in dead, f"prompt {prompt.id} is a dead agent's")
    for agent in dead.values():
        evidence.require(
            13,
            agent.died_cycle is not None and agent.cause_of_death is not None,
            f"dead agent {agent.id} has no cause of death",
        )
