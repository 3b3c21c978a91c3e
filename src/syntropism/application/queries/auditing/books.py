"""Laws 1–4 and 13 on the ledger: balances, circulation and the accounts of holds."""

from syntropism.application.queries.auditing.evidence import Evidence, law_of
from syntropism.domain.credits import format_micro
from syntropism.domain.economy.accounts import (
    BURN,
    DERIVED_ACCOUNTS,
    MINT_GENESIS,
    MINT_HUMAN,
    SYSTEM_ACCOUNTS,
    agent_account,
    is_hold,
)
from syntropism.domain.economy.flows import COURSES, Flow, Party
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.identifiers import AccountId

_BOUND_TO_SOMETHING = frozenset(TransferKind) - {TransferKind.TRANSFER, TransferKind.MESSAGE_FEE}
"""Kinds whose every transfer belongs to a bid, an execution, a prompt or an agent."""

_SOURCES = (Party.HUMANS, Party.GENESIS, Party.BURN)
"""Parties that only an endowment, a reward or a refund may draw on."""


def check_balances(evidence: Evidence) -> None:
    """Everything sums to zero, nothing is owed, and the transfers explain every balance."""
    ledger = evidence.uow.ledger
    malformed = ledger.malformed_count()
    evidence.require(1, malformed == 0, f"{malformed} transfers are malformed")
    stored, replayed = ledger.all_balances(), ledger.replayed_balances()
    evidence.checked["accounts"] = len(stored)
    for name, balances in (("stored", stored), ("replayed", replayed)):
        total = sum(balances.values())
        evidence.require(1, total == 0, f"{name} balances sum to {format_micro(total)}, not 0")
    _compare(evidence, stored, replayed)
    _check_holds(evidence, replayed)
    _check_circulation(evidence, stored, replayed)


def _compare(
    evidence: Evidence, stored: dict[AccountId, int], replayed: dict[AccountId, int]
) -> None:
    for account, balance in stored.items():
        if balance < 0 and account not in (MINT_HUMAN, MINT_GENESIS):
            evidence.fail(3, f"account {account} owes {format_micro(-balance)}")
        if balance != (told := replayed.get(account, 0)):
            evidence.fail(
                13,
                f"account {account} holds {format_micro(balance)}, "
                f"its transfers say {format_micro(told)}",
            )
    for account in replayed.keys() - stored.keys():
        if replayed[account]:
            evidence.fail(13, f"account {account} has transfers but no balance")


def _check_holds(evidence: Evidence, replayed: dict[AccountId, int]) -> None:
    """An open hold contains its amount, an ended one nothing."""
    standing = {hold.account: hold for hold in evidence.uow.holds.all_open()}
    evidence.checked["open holds"] = len(standing)
    for account, hold in standing.items():
        content = replayed.get(account, 0)
        evidence.require(
            4,
            content == hold.amount,
            f"open hold {hold.id} contains {format_micro(content)} of {format_micro(hold.amount)}",
        )
    for account, content in replayed.items():
        if content and is_hold(account) and account not in standing:
            evidence.fail(4, f"ended {account} still contains {format_micro(content)}")
    backing = {bid.hold_id for bid in evidence.uow.bids.all_open()}
    backing |= {prompt.hold_id for prompt in evidence.uow.prompts.queued() if prompt.hold_id}
    for hold in standing.values():
        evidence.require(4, hold.id in backing, f"open hold {hold.id} backs nothing that is open")


def _check_circulation(
    evidence: Evidence, stored: dict[AccountId, int], replayed: dict[AccountId, int]
) -> None:
    """circulation = minted − burned = Σ agents + Σ holds + treasury."""
    minted, burned = evidence.uow.ledger.totals()
    told = -(replayed.get(MINT_HUMAN, 0) + replayed.get(MINT_GENESIS, 0))
    evidence.require(2, minted == told, "the total minted is not what the mints gave")
    evidence.require(2, burned == replayed.get(BURN, 0), "the total burned is not what burned")
    owned = sum(balance for account, balance in stored.items() if account not in DERIVED_ACCOUNTS)
    evidence.require(
        2,
        minted - burned == owned,
        f"circulation is {format_micro(minted - burned)}, but {format_micro(owned)} are owned",
    )
    agents = {agent_account(agent_id) for agent_id in evidence.agents}
    for account, balance in stored.items():
        if balance and account not in SYSTEM_ACCOUNTS and not is_hold(account):
            evidence.require(2, account in agents, f"account {account} belongs to nobody")


def check_flows(evidence: Evidence, flows: list[Flow], rewards: int) -> None:
    """Credits flowed only where they may; and, after everything else has been checked, each
    transfer belongs to what caused it. ``rewards`` is the sum of the responses' rewards."""
    evidence.checked["transfers"] = sum(flow.count for flow in flows)
    count = dict.fromkeys(TransferKind, 0)
    for flow in flows:
        count[flow.kind] += flow.count
        if (flow.debit, flow.credit) not in COURSES[flow.kind]:
            evidence.fail(
                2 if flow.debit in _SOURCES else 1,
                f"{flow.count} transfers {flow.kind.value} went {flow.debit.value} → "
                f"{flow.credit.value}",
            )
    minted = sum(flow.amount for flow in flows if flow.debit is Party.HUMANS)
    evidence.require(
        2,
        minted == rewards,
        f"humans minted {format_micro(minted)}, their responses are worth {format_micro(rewards)}",
    )
    for kind in _BOUND_TO_SOMETHING:
        loose = count[kind] - evidence.matched[kind]
        evidence.require(
            law_of(kind), loose == 0, f"{loose} transfers {kind.value} belong to nothing"
        )
