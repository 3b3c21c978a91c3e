"""Windows, as their agents and as operators see them."""

from datetime import datetime
from typing import Any

from syntropism.application.documents import document, timestamp
from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.ports.usage_meter import LiveUsage
from syntropism.application.queries.paging import page_of, require_cursor, require_limit
from syntropism.application.views.attention import PromptView
from syntropism.application.views.economy import RulesView
from syntropism.application.views.execution import (
    DeadLetterView,
    ExecutionView,
    LogView,
    WindowView,
)
from syntropism.application.views.market import priced
from syntropism.application.views.pages import Page
from syntropism.domain.credits import Credits
from syntropism.domain.economy.accounts import agent_account
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import NotFound
from syntropism.domain.execution.dead_letters import DeadLetterStatus
from syntropism.domain.execution.executions import Execution, ExecutionStatus
from syntropism.domain.identifiers import AgentId, ExecutionId
from syntropism.domain.market.costs import reserve
from syntropism.domain.market.resources import MILLI


def window(execution: Execution, now: datetime, usage: LiveUsage | None = None) -> WindowView:
    """A running window as its agent sees it, with what it has used by now as far as is known."""
    spent = usage or LiveUsage()
    bundle = execution.bundle
    left = (execution.deadline - now).total_seconds() if execution.deadline else 0.0
    return WindowView(
        execution.id,
        execution.agent_id,
        execution.attempt,
        execution.cycle,
        execution.status.value,
        execution.bundle,
        Credits(execution.payment),
        execution.deadline,
        max(0.0, round(left, 3)),
        execution.attention_left,
        max(0, bundle.cpu_ms - spent.cpu_ms) / MILLI,
        max(0, bundle.tokens - spent.tokens_used - spent.tokens_reserved),
        spent.memory_peak_bytes / 2**20,
    )


def environment(
    uow: UnitOfWork,
    parameters: EconomicParameters,
    execution: Execution,
    *,
    debug: bool = False,
) -> dict[str, Any]:
    """The document that becomes ``env.json``; the provider adds where the service is."""
    agent = uow.agents.get(execution.agent_id)
    assert agent is not None
    account = agent_account(agent.id)
    last = uow.prompts.latest_of(agent.id)
    bundle, names = execution.bundle, parameters.resources
    return {
        "agent_id": agent.id,
        "name": agent.name,
        "execution_id": execution.id,
        "attempt": execution.attempt,
        "cycle": execution.cycle,
        "credits": Credits(uow.ledger.balances([account])[account]).json,
        "bundle": bundle.document,
        "limits": {"cpu_seconds": bundle.cpu_seconds, "memory_mb": bundle.memory_mb},
        "deadline": timestamp(execution.deadline) if execution.deadline else None,
        "attention_share": bundle.attention_share,
        "lineage": {"parent_id": agent.parent_id, "generation": agent.generation},
        "prices": priced(parameters.price_vector(uow.market.prices() or {}), names),
        "minimum_prices": priced(parameters.least_prices, names),
        **(
            {"further_resources": {one.name: one.kind.value for one in parameters.further}}
            if parameters.further
            else {}
        ),
        "rules": document(
            RulesView.of(parameters, reserve(parameters.smallest_bundle, parameters))
        ),
        "last_prompt": document(PromptView.of(last)) if last else None,
        "unread_messages": uow.messages.unread_count(agent.id),
        "debug": debug,
    }


def executions(
    uow: UnitOfWork,
    limit: int,
    cursor: str | None,
    agent_id: AgentId | None = None,
    status: ExecutionStatus | None = None,
) -> Page[ExecutionView]:
    """Executions, newest first."""
    rows = uow.executions.page(require_limit(limit) + 1, require_cursor(cursor), agent_id, status)
    return page_of(rows, limit, lambda row: row.id, ExecutionView.of)


def execution(uow: UnitOfWork, execution_id: ExecutionId) -> ExecutionView:
    """One execution.

    Raises:
        NotFound: there is none.
    """
    found = uow.executions.get(execution_id)
    if found is None:
        raise NotFound(f"there is no execution {execution_id}"[:120], field="execution_id")
    return ExecutionView.of(found)


def log(uow: UnitOfWork, execution_id: ExecutionId) -> LogView:
    """What the latest attempt wrote.

    Raises:
        NotFound: there is no such execution.
    """
    execution(uow, execution_id)
    return LogView(execution_id, uow.executions.log(execution_id))


def dead_letters(
    uow: UnitOfWork, limit: int, cursor: str | None, status: DeadLetterStatus | None = None
) -> Page[DeadLetterView]:
    """Executions that ended badly, newest first."""
    rows = uow.dead_letters.page(require_limit(limit) + 1, require_cursor(cursor), status)
    return page_of(rows, limit, lambda row: row.id, DeadLetterView.of)
