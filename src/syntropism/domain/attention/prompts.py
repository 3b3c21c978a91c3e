"""Prompts, the queue they wait in, and the scores that mint credits."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from syntropism.domain.content import require_text
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Conflict, Invalid
from syntropism.domain.identifiers import AgentId, ExecutionId, HoldId, PromptId, ResponseId

CONTENT_MAX: Final = 8_000
"""Longest prompt, in characters."""

SCORE_MAX: Final = 10


class PromptStatus(StrEnum):
    """Where a prompt stands."""

    QUEUED = "queued"
    SCORED = "scored"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@frozen(slots=True)
class Scores:
    """What a human thinks, 0–10 in each dimension.

    Raises:
        Invalid: a score out of range.
    """

    interesting: int
    useful: int
    understandable: int

    def __attrs_post_init__(self) -> None:
        for name in ("interesting", "useful", "understandable"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= SCORE_MAX:
                raise Invalid(f"{name} must be a whole number from 0 to {SCORE_MAX}", field=name)

    def reward(self, parameters: EconomicParameters) -> int:
        """Σ weight × score, in micro-credits (law 8)."""
        return (
            self.interesting * parameters.reward_interesting
            + self.useful * parameters.reward_useful
            + self.understandable * parameters.reward_understandable
        )

    @property
    def document(self) -> dict[str, int]:
        """The scores as a JSON object."""
        return {
            "interesting": self.interesting,
            "useful": self.useful,
            "understandable": self.understandable,
        }


@frozen(slots=True)
class Prompt:
    """Something an agent shows a human, backed by ``amount`` micro-credits (may be 0)."""

    id: PromptId
    agent_id: AgentId
    execution_id: ExecutionId
    content: str
    amount: int
    hold_id: HoldId | None
    submitted_cycle: int
    submitted_at: datetime
    status: PromptStatus = PromptStatus.QUEUED
    ended_cycle: int | None = None
    scores: Scores | None = None
    reward: int | None = None

    def _require_queued(self) -> None:
        if self.status is not PromptStatus.QUEUED:
            raise Conflict(f"prompt is already {self.status.value}", prompt_id=self.id)

    def scored(self, scores: Scores, reward: int, cycle: int) -> "Prompt":
        """Scored by a human.

        Raises:
            Conflict: it has ended before (law 8: a reward is paid once).
        """
        self._require_queued()
        return evolve(
            self, status=PromptStatus.SCORED, scores=scores, reward=reward, ended_cycle=cycle
        )

    def ended(self, status: PromptStatus, cycle: int) -> "Prompt":
        """Skipped, expired or withdrawn.

        Raises:
            Conflict: it has ended before.
        """
        self._require_queued()
        return evolve(self, status=status, ended_cycle=cycle)

    def overdue(self, cycle: int, parameters: EconomicParameters) -> bool:
        """Whether it has waited its full time without being scored."""
        return (
            self.status is PromptStatus.QUEUED
            and cycle - self.submitted_cycle >= parameters.prompt_expiry_cycles
        )


@frozen(slots=True)
class Response:
    """A human's answer to a prompt. ``responder`` says by which channel or operator."""

    id: ResponseId
    prompt_id: PromptId
    scores: Scores
    reward: int
    responder: str
    responded_at: datetime


def require_content(content: object) -> str:
    """``content`` as a prompt may carry it.

    Raises:
        Invalid: not text, blank, too long, or with a NUL character.
    """
    return require_text(content, CONTENT_MAX)


def by_rank(prompts: Iterable[Prompt]) -> list[Prompt]:
    """The queue: highest amount first, then oldest."""
    return sorted(prompts, key=lambda prompt: (-prompt.amount, prompt.submitted_at, prompt.id))
