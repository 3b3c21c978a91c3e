"""Prompts, and what became of them."""

from datetime import datetime

from attrs import frozen

from syntropism.domain.attention.prompts import Prompt, Scores
from syntropism.domain.credits import Credits


@frozen
class PromptView:
    """A prompt, and what became of it."""

    id: str
    agent_id: str
    execution_id: str
    content: str
    amount: Credits
    status: str
    submitted_cycle: int
    submitted_at: datetime
    scores: Scores | None
    reward: Credits | None

    @classmethod
    def of(cls, prompt: Prompt) -> "PromptView":
        return cls(
            prompt.id,
            prompt.agent_id,
            prompt.execution_id,
            prompt.content,
            Credits(prompt.amount),
            prompt.status.value,
            prompt.submitted_cycle,
            prompt.submitted_at,
            prompt.scores,
            None if prompt.reward is None else Credits(prompt.reward),
        )
