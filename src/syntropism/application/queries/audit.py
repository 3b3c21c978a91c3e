"""The audit: every law of DESIGN §2 that stored data can show, checked again on that data."""

from collections.abc import Mapping

from attrs import frozen

from syntropism.application.ports.repositories.proofs import Proof
from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.queries.auditing.bids import check_bids
from syntropism.application.queries.auditing.books import check_balances, check_flows
from syntropism.application.queries.auditing.evidence import Finding, gather
from syntropism.application.queries.auditing.executions import (
    check_capacity,
    check_executions,
    check_notable,
)
from syntropism.application.queries.auditing.lineage import check_agents
from syntropism.application.queries.auditing.past import replay
from syntropism.application.queries.auditing.prompts import check_prompts
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.economy.transfers import TransferKind

__all__ = ["AuditReport", "Finding", "audit"]


@frozen(slots=True)
class AuditReport:
    """What an audit found: nothing, if ``ok``. ``checked`` counts what was looked at."""

    ok: bool
    findings: tuple[Finding, ...]
    checked: Mapping[str, int]


def audit(uow: UnitOfWork, parameters: EconomicParameters) -> AuditReport:
    """Checks the laws on everything that is stored, in one consistent state.

    Laws 9 and 10 concern requests; of them only what left traces in the events can be seen.
    Where the store can prove that bids and windows are in order, only the rest is looked at row
    by row. If anything is wrong, or the store proves nothing, everything is, which tells what it
    is: in pages; what is kept meanwhile is one status per entity, what is open, and the transfers
    that are rare (births, deaths, rewards and refunds).
    """
    proof = uow.proofs.bids_and_windows()
    if proof is not None and (quick := looked_at(uow, parameters, proof)).ok:
        return quick
    return looked_at(uow, parameters, None)


def looked_at(uow: UnitOfWork, parameters: EconomicParameters, proof: Proof | None) -> AuditReport:
    """Everything, or what the ``proof`` does not cover."""
    evidence = gather(uow, parameters)
    past = replay(evidence, covered=proof is not None)
    if proof is not None:
        evidence.accept(proof)
        past.transferred = proof.transferred
    check_agents(evidence, past)
    if proof is None:
        check_bids(evidence, past)
    prompts, rewards = check_prompts(evidence, past)
    if proof is None:
        windows = check_executions(evidence, past, prompts)
    else:
        windows = check_notable(evidence, proof, prompts)
    check_capacity(evidence, windows)
    past.require_known(evidence)
    check_balances(evidence)
    flows = uow.ledger.flows()
    check_flows(evidence, flows, rewards)
    transferred = sum(flow.amount for flow in flows if flow.kind is TransferKind.TRANSFER)
    evidence.require(
        13, transferred == past.transferred, "transfers between agents are not what events tell"
    )
    findings = tuple(sorted(evidence.findings, key=lambda finding: finding.law))
    return AuditReport(not findings, findings, dict(evidence.checked))
