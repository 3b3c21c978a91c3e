"""Prompts: shown by agents, scored or skipped by humans."""

from syntropism.application.effects import Effects
from syntropism.application.views.attention import PromptView
from syntropism.domain.attention.prompts import (
    Prompt,
    PromptStatus,
    Response,
    Scores,
    require_content,
)
from syntropism.domain.economy.accounts import BURN, MINT_HUMAN, agent_account
from syntropism.domain.economy.holds import HoldPurpose
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.errors import Invalid, NotFound
from syntropism.domain.execution.executions import Execution
from syntropism.domain.identifiers import PromptId, ResponseId


def submit_prompt(fx: Effects, execution: Execution, content: object, amount: int) -> PromptView:
    """Shows ``content`` to a human, ranked by ``amount`` micro-credits, which are held.

    Raises:
        Invalid: bad content or a negative amount.
        NoAttention: the window's bundle holds no (more) attention (law 11).
        InsufficientCredits: the agent cannot cover the amount.
    """
    text = require_content(content)
    if amount < 0:
        raise Invalid("amount must not be negative", field="amount")
    fx.uow.executions.save(execution.prompted())
    prompt_id = PromptId(fx.new_id())
    hold_id = None
    if amount:
        hold_id = fx.hold(
            agent_account(execution.agent_id),
            amount,
            HoldPurpose.PROMPT,
            prompt_id,
            TransferKind.PROMPT_HELD,
        )
    prompt = Prompt(
        prompt_id, execution.agent_id, execution.id, text, amount, hold_id, fx.cycle, fx.now
    )
    fx.uow.prompts.add(prompt)
    fx.happened(
        "attention.prompt.submitted",
        prompt_id=prompt.id,
        agent_id=prompt.agent_id,
        execution_id=execution.id,
        amount_micro=amount,
    )
    return PromptView.of(prompt)


def _prompt(fx: Effects, prompt_id: PromptId) -> Prompt:
    prompt = fx.uow.prompts.get(prompt_id)
    if prompt is None:
        raise NotFound(f"there is no prompt {prompt_id}"[:120], field="prompt_id")
    return prompt


def score_prompt(fx: Effects, prompt_id: PromptId, scores: Scores, responder: str) -> PromptView:
    """A human's scores: the only source of new credits. The hold is burned, the reward minted.

    Raises:
        NotFound: there is no such prompt.
        Conflict: it has ended before; a reward is paid once (law 8).
    """
    prompt = _prompt(fx, prompt_id)
    reward = scores.reward(fx.parameters)
    scored = prompt.scored(scores, reward, fx.cycle)
    fx.uow.prompts.save(scored)
    fx.uow.prompts.respond(
        Response(ResponseId(fx.new_id()), prompt.id, scores, reward, responder, fx.now)
    )
    if prompt.hold_id is not None:
        fx.spend(prompt.hold_id, BURN, TransferKind.PROMPT_BURNED)
    fx.move(MINT_HUMAN, agent_account(prompt.agent_id), reward, TransferKind.REWARD, prompt.id)
    event_id = fx.happened(
        "attention.prompt.scored",
        prompt_id=prompt.id,
        agent_id=prompt.agent_id,
        responder=responder,
        **scores.document,
    )
    fx.happened(
        "attention.reward.issued",
        event_id,
        prompt_id=prompt.id,
        agent_id=prompt.agent_id,
        amount_micro=reward,
        weights_micro=[
            fx.parameters.reward_interesting,
            fx.parameters.reward_useful,
            fx.parameters.reward_understandable,
        ],
    )
    return PromptView.of(scored)


def skip_prompt(fx: Effects, prompt_id: PromptId) -> PromptView:
    """A prompt that nobody will score; its hold is returned.

    Raises:
        NotFound: there is no such prompt.
        Conflict: it has ended before.
    """
    return PromptView.of(end_prompt(fx, _prompt(fx, prompt_id), PromptStatus.SKIPPED))


def end_prompt(fx: Effects, prompt: Prompt, status: PromptStatus) -> Prompt:
    """Ends a queued prompt without a reward: its hold goes back to its agent."""
    ended = prompt.ended(status, fx.cycle)
    if prompt.hold_id is not None:
        fx.release(prompt.hold_id, TransferKind.PROMPT_RETURNED)
    fx.uow.prompts.save(ended)
    fx.happened(f"attention.prompt.{status.value}", prompt_id=prompt.id, agent_id=prompt.agent_id)
    return ended
