"""Prompts, and the humans' answers."""

from typing import Any

from attrs import frozen

from syntropism.application.commands import prompting
from syntropism.application.operators.asking import OperatorSide
from syntropism.application.operators.identity import OperatorIdentity
from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.application.queries import people
from syntropism.application.views.attention import PromptView
from syntropism.application.views.pages import Page
from syntropism.domain.attention.prompts import Scores, by_rank
from syntropism.domain.identifiers import PromptId


@frozen(slots=True)
class OperatedAttention(OperatorSide):
    """The prompts."""

    def prompts(self, who: OperatorIdentity, limit: int, cursor: str | None) -> Any:
        """All prompts, newest first."""
        return self._ask(who, lambda uow: people.prompts(uow, limit, cursor))

    def prompt_queue(self, who: OperatorIdentity) -> Any:
        """What waits for a human, as it is shown: highest amount first, then oldest."""

        def query(uow: UnitOfWork) -> object:
            return Page(tuple(PromptView.of(one) for one in by_rank(uow.prompts.queued())), None)

        return self._ask(who, query)

    def score_prompt(
        self, who: OperatorIdentity, prompt_id: PromptId, scores: Scores, key: str | None = None
    ) -> Any:
        """A human's scores."""
        return self._act(
            who,
            "scorer",
            "prompt.score",
            key,
            {"id": prompt_id, **scores.document},
            lambda fx: prompting.score_prompt(fx, prompt_id, scores, who.name),
        )

    def skip_prompt(
        self, who: OperatorIdentity, prompt_id: PromptId, key: str | None = None
    ) -> Any:
        """A prompt nobody will score."""
        return self._act(
            who,
            "scorer",
            "prompt.skip",
            key,
            {"id": prompt_id},
            lambda fx: prompting.skip_prompt(fx, prompt_id),
        )
