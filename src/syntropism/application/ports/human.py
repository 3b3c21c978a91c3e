"""The human channel: somebody who looks at prompts."""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from syntropism.domain.attention.prompts import Scores
from syntropism.domain.identifiers import PromptId


@frozen(slots=True)
class PromptOnView:
    """A queued prompt as a human sees it; ``waited_cycles`` is how long it has been queued."""

    id: PromptId
    agent_id: str
    agent_name: str
    content: str
    amount: int
    waited_cycles: int


class HumanChannel(Protocol):
    """A human, real or scripted."""

    @property
    def name(self) -> str:
        """Recorded with each response."""
        ...

    def consider(self, prompts: Sequence[PromptOnView]) -> list[tuple[PromptId, Scores]]:
        """Scores for some of the prompts (given in the order of the queue); none is fine. Of two
        answers to one prompt the first counts. Never fails."""
        ...
