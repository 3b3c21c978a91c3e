"""What waits for humans, and what they answered."""

from typing import Protocol

from syntropism.domain.attention.prompts import Prompt, Response
from syntropism.domain.identifiers import AgentId, PromptId


class Prompts(Protocol):
    """What waits for humans, and what they answered."""

    def add(self, prompt: Prompt) -> None: ...

    def get(self, prompt_id: PromptId) -> Prompt | None:
        """The prompt, locked until the end of the transaction."""
        ...

    def save(self, prompt: Prompt) -> None: ...

    def queued(self) -> list[Prompt]:
        """All that wait, oldest first; locked."""
        ...

    def latest_of(self, agent_id: AgentId) -> Prompt | None: ...

    def page(
        self, limit: int, before: str | None = None, agent_id: AgentId | None = None
    ) -> list[Prompt]: ...

    def respond(self, response: Response) -> None:
        """Keeps a response; at most one per prompt.

        Raises:
            Conflict: the prompt has one.
        """
        ...

    def responses(self) -> list[Response]:
        """All responses, oldest first."""
        ...
