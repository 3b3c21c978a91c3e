"""The life of a window: leased, started, ended; or lost by a fault of ours and tried again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from syntropism.application.commands.bidding import open_bid
from syntropism.application.commands.dying import payer_lives, refund
from syntropism.application.commands.working import room_of
from syntropism.application.effects import Effects
from syntropism.domain.errors import Conflict, InsufficientCredits
from syntropism.domain.execution.dead_letters import DeadLetter
from syntropism.domain.execution.executions import Execution, ExecutionStatus, Usage
from syntropism.domain.execution.snapshots import FIRST_VERSION, WorkspaceVersion, snapshot_name
from syntropism.domain.identifiers import AgentId, DeadLetterId, ExecutionId, WorkerId


def lease_windows(
    fx: Effects,
    worker_id: WorkerId,
    limit: int,
    lease_ms: int,
    candidates: Sequence[Execution] | None = None,
) -> list[Execution]:
    """Up to ``limit`` queued executions for a worker, each for a new attempt: of ``candidates``,
    which are locked, or the oldest; as far as it has room beside what it has (law 5)."""
    until = fx.now + timedelta(milliseconds=lease_ms)
    leased: list[Execution] = []
    if candidates is None:
        candidates = fx.uow.executions.lease_candidates(limit)
    room = room_of(fx, worker_id)
    for queued in candidates:
        if len(leased) == limit:
            break
        if not room.take(queued.bundle.rates):
            continue
        leased.append(queued.leased(worker_id, until))
    if leased:
        fx.uow.executions.save_all(leased)
        told = fx.events(
            "execution.run.leased",
            execution_id=[one.id for one in leased],
            agent_id=[one.agent_id for one in leased],
            attempt=[one.attempt for one in leased],
            worker_id=[worker_id] * len(leased),
        )
        fx.uow.events.append(told)
    return leased


def start_window(
    fx: Effects,
    execution_id: ExecutionId,
    attempt: int,
    margin_ms: int,
    lease_ms: int | None = None,
    lifted_ms: int | None = None,
) -> Execution:
    """The attempt begins now: its deadline is fixed; the lease outlives it by ``margin_ms``, or
    lasts only ``lease_ms`` where the worker renews it. ``lifted_ms``, for an agent that is being
    debugged, takes the place of the duration that its bundle bought.

    Raises:
        Conflict: the attempt is no longer current (its agent died, or another worker has it).
    """
    leased = fx.uow.executions.get(execution_id)
    if leased is None or not leased.under_way(attempt):
        raise Conflict("this attempt is no longer current", execution_id=execution_id)
    duration_ms = leased.bundle.duration_ms if lifted_ms is None else lifted_ms
    lasts = duration_ms + margin_ms if lease_ms is None else lease_ms
    until = fx.now + timedelta(milliseconds=lasts)
    execution = leased.running(fx.now, until, lasts_ms=duration_ms)
    fx.uow.executions.save(execution)
    fx.happened(
        "execution.run.started",
        execution_id=execution.id,
        agent_id=execution.agent_id,
        attempt=attempt,
    )
    return execution


def renew_window(
    fx: Effects, execution_id: ExecutionId, attempt: int, margin_ms: int, lease_ms: int
) -> bool:
    """Another ``lease_ms`` for the attempt, but none beyond ``margin_ms`` after its deadline;
    false if it is no longer current."""
    found = fx.uow.executions.get(execution_id)
    if found is None or not found.under_way(attempt):
        return False
    until = fx.now + timedelta(milliseconds=lease_ms)
    if found.deadline is not None:
        until = min(until, found.deadline + timedelta(milliseconds=margin_ms))
    fx.uow.executions.save(found.renewed(until))
    return True


def end_window(
    fx: Effects,
    execution_id: ExecutionId,
    attempt: int,
    status: ExecutionStatus,
    usage: Usage,
    *,
    exit_code: int | None,
    detail: str,
    log: str,
    env: Mapping[str, Any],
    snapshot: bool = False,
) -> Execution | None:
    """The agent's own outcome, once. A report of an attempt that is no longer current changes
    nothing and gives ``None``. A failure that is not resource exhaustion is kept as a dead
    letter for inspection, without refund. The ``snapshot`` that the attempt has uploaded, if it
    has, becomes the next version of the workspace."""
    execution = fx.uow.executions.get(execution_id)
    if execution is None or (execution.status, execution.attempt) != (
        ExecutionStatus.RUNNING,
        attempt,
    ):
        return None
    ended = execution.ended(
        status,
        now=fx.now,
        cycle=fx.cycle,
        exit_code=exit_code,
        usage=usage,
        detail=detail,
    )
    _finish(fx, ended, log)
    if ended.inspectable:
        _add_letter(fx, ended, detail or f"exit code {exit_code}", env, ours=False)
    if snapshot:
        _commit_workspace(fx, ended)
    return ended


def _commit_workspace(fx: Effects, ended: Execution) -> None:
    """The name follows from the attempt, which is proven to be the current one: no other
    attempt's snapshot can become a version."""
    version = WorkspaceVersion(
        agent_id=ended.agent_id,
        version=_workspace_version(fx, ended.agent_id) + 1,
        snapshot=snapshot_name(ended.agent_id, ended.id, ended.attempt),
        created_at=fx.now,
    )
    fx.uow.workspace_versions.add(version)


def _workspace_version(fx: Effects, agent_id: AgentId) -> int:
    head = fx.uow.workspace_versions.head(agent_id)
    return FIRST_VERSION if head is None else head.version


def lose_window(
    fx: Effects, execution_id: ExecutionId, attempt: int, detail: str, env: Mapping[str, Any]
) -> Execution | None:
    """A fault of ours: tried again without a new charge if no attempt has acted and attempts are
    left; otherwise dead-lettered, refunded once, and bid for again on the same terms. A report
    of an attempt that is no longer current changes nothing."""
    execution = fx.uow.executions.get(execution_id)
    if execution is None or not execution.under_way(attempt):
        return None
    return _fail(fx, execution, detail, env)


def _fail(fx: Effects, execution: Execution, detail: str, env: Mapping[str, Any]) -> Execution:
    if execution.status is not ExecutionStatus.QUEUED and execution.retriable(fx.parameters):
        again = execution.requeued(fx.now)
        fx.uow.executions.save(again)
        fx.happened(
            "execution.run.requeued",
            execution_id=again.id,
            agent_id=again.agent_id,
            attempt=again.attempt,
            detail=detail,
        )
        return again
    refunded = refund(fx, execution)
    ended = execution.ended(
        ExecutionStatus.DEAD_LETTERED,
        now=fx.now,
        cycle=fx.cycle,
        detail=detail,
        refunded=refunded,
    )
    _finish(fx, ended, "")
    _add_letter(fx, ended, detail, env, ours=True)
    _bid_again(fx, ended)
    return ended


def _finish(fx: Effects, ended: Execution, log: str) -> None:
    fx.uow.executions.save(ended)
    if log:
        fx.uow.executions.save_log(ended.id, ended.attempt, log)
    fx.happened(
        "execution.run.terminated",
        execution_id=ended.id,
        agent_id=ended.agent_id,
        status=ended.status.value,
        exit_code=ended.exit_code,
        cpu_ms=ended.usage.cpu_ms,
        refunded=ended.refunded,
    )


def _add_letter(
    fx: Effects, ended: Execution, reason: str, env: Mapping[str, Any], *, ours: bool
) -> None:
    letter = DeadLetter(
        id=DeadLetterId(fx.new_id()),
        execution_id=ended.id,
        agent_id=ended.agent_id,
        reason=reason,
        ours=ours,
        env=env,
        created_at=fx.now,
        workspace_version=_workspace_version(fx, ended.agent_id),
    )
    fx.uow.dead_letters.add(letter)
    fx.happened(
        "execution.dead_letter.added",
        dead_letter_id=letter.id,
        execution_id=ended.id,
        agent_id=ended.agent_id,
        ours=ours,
    )


def _bid_again(fx: Effects, ended: Execution) -> None:
    agent = fx.uow.agents.get(ended.agent_id)
    bid = fx.uow.bids.get(ended.bid_id)
    if agent is None or bid is None or not agent.living or not payer_lives(fx, ended.payer):
        return
    if fx.uow.bids.open_for(agent.id) is not None:
        return
    try:
        with fx.uow.savepoint():
            open_bid(fx, ended.payer, agent.id, bid.main, bid.fallback)
    except InsufficientCredits:
        return


def recover_windows(fx: Effects, *, everything: bool = False) -> list[Execution]:
    """Finds the windows that were lost: those whose lease has run out (or ``everything`` that
    is leased or running, when their workers are known to be gone), and those queued for longer
    than ``start_timeout``."""
    start_timeout = timedelta(milliseconds=fx.parameters.start_timeout_ms)
    recovered: list[Execution] = []

    def why_lost(execution: Execution) -> str | None:
        if execution.status is ExecutionStatus.QUEUED:
            return "not started in time" if fx.now - execution.queued_at > start_timeout else None
        return "its worker was lost" if everything or _expired(execution, fx.now) else None

    for seen in fx.uow.executions.unfinished():
        if why_lost(seen) is None:
            continue
        execution = fx.uow.executions.get(seen.id)  # locked: it may have gone on meanwhile
        if execution is None or execution.final or (detail := why_lost(execution)) is None:
            continue
        recovered.append(_fail(fx, execution, detail, {}))
    return recovered


def take_back(fx: Effects, execution: Execution) -> Execution:
    """The window as it is, or as it becomes if a worker has it whose lease has run out."""
    if execution.final or not _expired(execution, fx.now):
        return execution
    return _fail(fx, execution, "its worker was lost", {})


def _expired(execution: Execution, now: datetime) -> bool:
    return execution.lease_expires_at is not None and execution.lease_expires_at < now
