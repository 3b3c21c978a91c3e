"""A persona behind the human channel."""

from collections import deque
from collections.abc import Sequence

from syntropism.adapters.human.personas import Persona, persona, score
from syntropism.application.ports.human import PromptOnView
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.identifiers import PromptId


class ScriptedHuman:
    """A persona that scores what is shown to it, from the front of the queue, at most
    ``per_cycle`` prompts a cycle. All that it keeps is what it has lately read.

    ``seed`` and what it is shown decide everything: the same story gets the same scores.

    Raises:
        Invalid: there is no such persona.
    """

    def __init__(self, who: Persona | str, seed: int = 0) -> None:
        self._persona = persona(who) if isinstance(who, str) else who
        self._seed = seed
        self._seen: deque[str] = deque(maxlen=max(1, self._persona.memory))

    @property
    def name(self) -> str:
        """See the port."""
        return f"persona:{self._persona.name}"

    def consider(self, prompts: Sequence[PromptOnView]) -> list[tuple[PromptId, Scores]]:
        """See the port."""
        answers: list[tuple[PromptId, Scores]] = []
        for prompt in prompts:
            if len(answers) == self._persona.per_cycle:
                break
            occasion = f"{self._seed}/{prompt.id}/{prompt.waited_cycles}"
            scores = score(self._persona, prompt.content, tuple(self._seen), occasion)
            if scores is not None:
                self._seen.append(prompt.content)
                answers.append((prompt.id, scores))
        return answers
