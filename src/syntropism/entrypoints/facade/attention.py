"""Prompts of an economy in this process, and their scores."""

from typing import Any

from syntropism.application.operators.identity import LOCAL
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.credits import Credits
from syntropism.domain.identifiers import PromptId
from syntropism.entrypoints.facade.opened import OpenedEconomy


class EconomyAttention(OpenedEconomy):
    """Shows prompts and takes scores."""

    def prompts(self) -> list[dict[str, Any]]:
        """The prompts that wait, newest first, as documents."""
        page: dict[str, Any] = self._operators.prompts(LOCAL, 200, None)
        return [prompt for prompt in page["items"] if prompt["status"] == "queued"]

    def score(self, prompt_id: str, interesting: int, useful: int, understandable: int) -> Credits:
        """Scores a prompt 0-10 in each dimension; gives the reward.

        Raises:
            Invalid: a score out of range.
            NotFound, Conflict: there is no such prompt, or it has ended.
        """
        scores = Scores(interesting, useful, understandable)
        scored = self._operators.score_prompt(LOCAL, PromptId(prompt_id), scores)
        return Credits.of(scored["reward"])

    def rewards(self) -> list[dict[str, Any]]:
        """Every response so far, oldest first: ``prompt_id``, ``agent_id``, ``scores`` and
        ``reward`` (credits)."""
        with self._store(read_only=True) as uow:
            found = []
            for response in uow.prompts.responses():
                prompt = uow.prompts.get(response.prompt_id)
                assert prompt is not None
                found.append(
                    {
                        "prompt_id": response.prompt_id,
                        "agent_id": prompt.agent_id,
                        "scores": response.scores.document,
                        "reward": Credits(response.reward),
                    }
                )
            return found
