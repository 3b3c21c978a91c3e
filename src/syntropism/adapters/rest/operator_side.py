"""The operator side: what whoever runs the economy can see and do."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from syntropism.adapters.rest.agent_side import birth
from syntropism.adapters.rest.operations import PAGE, Access, Call, Operation, truth
from syntropism.adapters.rest.schemas import ScoreBody, SpawnBody, SponsorBody, TokenBody
from syntropism.application.operator_service import OperatorService
from syntropism.application.views.attention import PromptView
from syntropism.application.views.bids import BidView
from syntropism.application.views.economy import StatusView, TransferView
from syntropism.application.views.execution import DeadLetterView, ExecutionView, LogView
from syntropism.application.views.market import CycleView
from syntropism.application.views.population import AgentCard, AgentView
from syntropism.application.views.workspaces import FilesView
from syntropism.domain.execution.dead_letters import DeadLetterStatus
from syntropism.domain.execution.executions import ExecutionStatus
from syntropism.domain.identifiers import AccountId, DeadLetterId, ExecutionId, PromptId
from syntropism.domain.population.agents import AgentStatus

Config = Callable[[], Mapping[str, Any]]


def operator_operations(service: OperatorService, config: Config) -> list[Operation]:
    """Everything an operator can do; ``config`` gives the effective settings, without secrets."""
    return [
        *_agents(service),
        *_executions(service),
        *_prompts(service),
        *_whole(service, config),
    ]


def _agents(service: OperatorService) -> list[Operation]:
    def executions(call: Call) -> Any:
        return service.executions(call.operator, *call.page, agent=call.path["agent_id"])

    def sponsor(call: Call) -> Any:
        request = call.read(SponsorBody).request()
        return service.sponsor_agent(call.operator, call.path["agent_id"], request, call.key)

    return [
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/agents",
            summary="Agents, newest first",
            run=lambda call: service.agents(
                call.operator, *call.page, status=call.one_of("status", AgentStatus)
            ),
            query=(*PAGE, "status"),
            answers=AgentView,
            listed=True,
        ),
        Operation(
            access=Access.OPERATORS,
            method="POST",
            path="/agents",
            summary="Create an agent, endowed by the operator",
            run=lambda call: service.create_agent(
                call.operator, birth(call.read(SpawnBody)), call.key
            ),
            body=SpawnBody,
            answers=AgentView,
        ),
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/agents/{agent_id}",
            summary="One agent, by id or name",
            run=lambda call: service.agent(call.operator, call.path["agent_id"]),
            answers=AgentView,
        ),
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/agents/{agent_id}/files",
            summary="What lies in an agent's workspace, or in its archive once it is dead",
            run=lambda call: service.files(call.operator, call.path["agent_id"]),
            answers=FilesView,
        ),
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/agents/{agent_id}/executions",
            summary="An agent's executions, newest first",
            run=executions,
            query=PAGE,
            answers=ExecutionView,
            listed=True,
        ),
        Operation(
            access=Access.OPERATORS,
            method="POST",
            path="/agents/{agent_id}/actions/kill",
            summary="End an agent",
            run=lambda call: service.kill_agent(call.operator, call.path["agent_id"], call.key),
            answers=AgentCard,
        ),
        Operation(
            access=Access.OPERATORS,
            method="POST",
            path="/agents/{agent_id}/actions/sponsor",
            summary="Bid for an agent that has no bid, paid by the treasury",
            run=sponsor,
            body=SponsorBody,
            answers=BidView,
        ),
    ]


def _executions(service: OperatorService) -> list[Operation]:
    def letter(call: Call) -> DeadLetterId:
        return DeadLetterId(call.path["dead_letter_id"])

    return [
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/executions",
            summary="Executions, newest first",
            run=lambda call: service.executions(
                call.operator,
                *call.page,
                agent=call.query.get("agent"),
                status=call.one_of("status", ExecutionStatus),
            ),
            query=(*PAGE, "agent", "status"),
            answers=ExecutionView,
            listed=True,
        ),
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/executions/{execution_id}",
            summary="One execution",
            run=lambda call: service.execution(
                call.operator, ExecutionId(call.path["execution_id"])
            ),
            answers=ExecutionView,
        ),
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/executions/{execution_id}/logs",
            summary="What a window wrote",
            run=lambda call: service.execution_log(
                call.operator, ExecutionId(call.path["execution_id"])
            ),
            answers=LogView,
        ),
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/dead-letters",
            summary="Executions that ended badly, newest first",
            run=lambda call: service.dead_letters(
                call.operator, *call.page, status=call.one_of("status", DeadLetterStatus)
            ),
            query=(*PAGE, "status"),
            answers=DeadLetterView,
            listed=True,
        ),
        Operation(
            access=Access.OPERATORS,
            method="POST",
            path="/dead-letters/{dead_letter_id}/actions/retry",
            summary="A new bid on the same terms, paid by the treasury",
            run=lambda call: service.retry_dead_letter(call.operator, letter(call), call.key),
            answers=DeadLetterView,
        ),
        Operation(
            access=Access.OPERATORS,
            method="POST",
            path="/dead-letters/{dead_letter_id}/actions/discard",
            summary="Put a dead letter away",
            run=lambda call: service.discard_dead_letter(call.operator, letter(call), call.key),
            answers=DeadLetterView,
        ),
    ]


def _prompts(service: OperatorService) -> list[Operation]:
    def prompts(call: Call) -> Any:
        if truth(call.query, "queued"):
            return service.prompt_queue(call.operator)
        return service.prompts(call.operator, *call.page)

    def prompt(call: Call) -> PromptId:
        return PromptId(call.path["prompt_id"])

    return [
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/human/prompts",
            summary="Prompts, newest first; or the queue as it is shown, highest amount first",
            run=prompts,
            query=(*PAGE, "queued"),
            answers=PromptView,
            listed=True,
        ),
        Operation(
            access=Access.OPERATORS,
            method="POST",
            path="/human/prompts/{prompt_id}/score",
            summary="Score a prompt: the reward is minted, once",
            run=lambda call: service.score_prompt(
                call.operator, prompt(call), call.read(ScoreBody).scores(), call.key
            ),
            body=ScoreBody,
            answers=PromptView,
        ),
        Operation(
            access=Access.OPERATORS,
            method="POST",
            path="/human/prompts/{prompt_id}/skip",
            summary="Skip a prompt: its hold is returned",
            run=lambda call: service.skip_prompt(call.operator, prompt(call), call.key),
            answers=PromptView,
        ),
    ]


def _whole(service: OperatorService, config: Config) -> list[Operation]:
    def transactions(call: Call) -> Any:
        account = call.query.get("account")
        return service.transactions(
            call.operator, *call.page, account=AccountId(account) if account else None
        )

    def show_config(call: Call) -> Any:
        call.operator.require("viewer")
        return dict(config())

    def issue_token(call: Call) -> Any:
        body, secret = call.read(TokenBody), secrets.token_urlsafe(32)
        issued = service.issue_token(call.operator, body.name, body.role, secret)
        return {**issued, "token": secret}

    return [
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/cycles",
            summary="Cycles with their certificates, newest first",
            run=lambda call: service.cycles(call.operator, *call.page),
            query=PAGE,
            answers=CycleView,
            listed=True,
        ),
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/transactions",
            summary="Transfers of one account or of all, newest first",
            run=transactions,
            query=(*PAGE, "account"),
            answers=TransferView,
            listed=True,
        ),
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/status",
            summary="The economy at a glance",
            run=lambda call: service.status(call.operator),
            answers=StatusView,
        ),
        Operation(
            access=Access.OPERATORS,
            method="GET",
            path="/config",
            summary="The effective settings, without secrets",
            run=show_config,
        ),
        Operation(
            access=Access.OPERATORS,
            method="POST",
            path="/auth/token",
            summary="A new operator; its token is shown this once",
            run=issue_token,
            body=TokenBody,
        ),
    ]
