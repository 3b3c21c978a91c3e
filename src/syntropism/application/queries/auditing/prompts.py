"""Laws 4, 8, 11 and 13 on prompts: one response, one reward, one end of the hold."""

from collections import Counter

from syntropism.application.queries.auditing.evidence import Evidence, Move, pages
from syntropism.application.queries.auditing.past import Past
from syntropism.domain.attention.prompts import Prompt, PromptStatus, Response
from syntropism.domain.economy.accounts import BURN, MINT_HUMAN, agent_account
from syntropism.domain.economy.holds import Hold, HoldPurpose, HoldStatus
from syntropism.domain.economy.transfers import TransferKind


def check_prompts(evidence: Evidence, past: Past) -> tuple[Counter[tuple[str, str]], int]:
    """Every prompt against its hold, its response, its transfers and its events. Gives how many
    prompts each ``(execution, agent)`` has submitted, and the sum of all rewards."""
    uow = evidence.uow
    submitted: Counter[tuple[str, str]] = Counter()
    responses: dict[str, list[Response]] = {}
    for response in uow.prompts.responses():
        evidence.checked["responses"] += 1
        responses.setdefault(response.prompt_id, []).append(response)
    rewards = sum(one.reward for many in responses.values() for one in many)
    for page in pages(uow.prompts.page, lambda prompt: prompt.id):
        holds = uow.holds.get(prompt.hold_id for prompt in page if prompt.hold_id)
        moved = uow.ledger.of_holds(holds)
        for prompt in page:
            evidence.checked["prompts"] += 1
            submitted[prompt.execution_id, prompt.agent_id] += 1
            past.compare(evidence, "prompt", prompt.id, prompt.status.value)
            hold = holds.get(prompt.hold_id) if prompt.hold_id else None
            _check_hold(evidence, prompt, hold)
            _check_response(evidence, past, prompt, responses.pop(prompt.id, []))
            actual = [
                *evidence.caused.get(prompt.id, ()),
                *(moved.get(hold.id, ()) if hold else ()),
            ]
            evidence.reconcile(f"prompt {prompt.id}", _moves(prompt, hold), actual)
    for prompt_id in responses:
        evidence.fail(8, f"a response answers prompt {prompt_id}, which never was")
    return submitted, rewards


def _check_hold(evidence: Evidence, prompt: Prompt, hold: Hold | None) -> None:
    if hold is None:
        evidence.require(4, prompt.amount == 0, f"prompt {prompt.id} has no hold")
        return
    backs = (hold.payer, hold.amount, hold.purpose, hold.reference)
    account = agent_account(prompt.agent_id)
    evidence.require(
        4,
        backs == (account, prompt.amount, HoldPurpose.PROMPT, prompt.id),
        f"hold {hold.id} is not that of its prompt {prompt.id}",
    )
    evidence.require(
        4,
        (hold.status is HoldStatus.OPEN) == (prompt.status is PromptStatus.QUEUED),
        f"prompt {prompt.id} is {prompt.status.value}, its hold {hold.status.value}",
    )


def _check_response(
    evidence: Evidence, past: Past, prompt: Prompt, responses: list[Response]
) -> None:
    if prompt.status is not PromptStatus.SCORED:
        evidence.require(8, not responses, f"prompt {prompt.id} was answered but not scored")
        evidence.require(8, prompt.reward is None, f"prompt {prompt.id} has an unearned reward")
        return
    evidence.require(
        8,
        [(one.scores, one.reward) for one in responses] == [(prompt.scores, prompt.reward)],
        f"scored prompt {prompt.id} has not exactly one response",
    )
    weights = past.weights_of(prompt.id, evidence.parameters)
    if prompt.scores is not None:
        worth = sum(
            weight * score
            for weight, score in zip(weights, prompt.scores.document.values(), strict=True)
        )
        evidence.require(
            8, prompt.reward == worth, f"the reward of prompt {prompt.id} is not its scores' worth"
        )


def _moves(prompt: Prompt, hold: Hold | None) -> list[Move]:
    moves: list[Move] = []
    account = agent_account(prompt.agent_id)
    scored = prompt.status is PromptStatus.SCORED
    if scored:
        moves.append(Move(TransferKind.REWARD, MINT_HUMAN, account, prompt.reward or 0))
    if hold is not None:
        moves.append(Move(TransferKind.PROMPT_HELD, account, hold.account, hold.amount))
        if scored:
            moves.append(Move(TransferKind.PROMPT_BURNED, hold.account, BURN, hold.amount))
        elif prompt.status is not PromptStatus.QUEUED:
            moves.append(Move(TransferKind.PROMPT_RETURNED, hold.account, account, hold.amount))
    return moves
