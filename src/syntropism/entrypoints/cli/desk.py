"""The desk where a person scores: one prompt at a time, commands typed below it."""

import re
from collections.abc import Callable
from typing import Final

from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from syntropism.application.operator_service import OperatorService
from syntropism.application.operators.identity import LOCAL
from syntropism.application.ports.human import PromptOnView
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.application.queries.people import prompt_queue
from syntropism.application.untrusted import plain
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.credits import Credits
from syntropism.domain.errors import DomainError
from syntropism.entrypoints.cli.showing import amount

HELP: Final = (
    "8 9 7   score it: interesting, useful, understandable, each from 0 to 10\n"
    "s       skip it for good: its author gets back what it set aside\n"
    "Enter   later: leave it in the queue and look at the next one\n"
    "p       show the prompt again\n"
    "q       quit\n"
    "?       this help"
)
_SCORES: Final = re.compile(r"([0-9]{1,3})[ ,;/]+([0-9]{1,3})[ ,;/]+([0-9]{1,3})")
_WIDTH_MAX: Final = 100


class Desk:
    """Shows the queue, highest amount first, and takes in what the person types."""

    def __init__(
        self,
        operators: OperatorService,
        store: UnitOfWorkFactory,
        say: Callable[..., object],
    ) -> None:
        self._operators = operators
        self._store = store
        self._say = say
        self._current: PromptOnView | None = None
        self._later: set[str] = set()

    @property
    def prompt(self) -> str:
        """What stands before the input."""
        return "8 9 7 · s skip · Enter later · q quit · ? help > " if self._current else "q quit > "

    def look(self) -> None:
        """Takes notice of the queue as it is now; shows a prompt when none is being shown."""
        with self._store(read_only=True) as uow:
            queue = prompt_queue(uow)
        waiting = {one.id for one in queue}
        self._later &= waiting
        if self._current is not None:
            if self._current.id in waiting:
                return
            self._say(Text(f"the prompt of {plain(self._current.agent_name)} has ended", "dim"))
            self._current = None
        self._show_next(queue)

    def _show_next(self, queue: list[PromptOnView]) -> None:
        self._current = next((one for one in queue if one.id not in self._later), None)
        if self._current is not None:
            self._show(self._current, len(queue))

    def _show(self, prompt: PromptOnView, waiting: int) -> None:
        title = [plain(prompt.agent_name, length_max=40)]
        if prompt.amount:
            title.append(f"offers {amount(float(Credits(prompt.amount)))} credits")
        if prompt.waited_cycles > 0:
            cycles = prompt.waited_cycles
            title.append(f"has waited {cycles} cycle{'s' * (cycles > 1)}")
        if waiting > 1:
            title.append(f"{waiting} in the queue")
        text = plain(prompt.content, lines=True).strip()
        self._say(
            Rule(Text(" · ".join(title), "bold"), style="yellow", align="left"),
            Padding(Text(text), (0, 2, 1, 2)),
        )

    def take(self, line: str) -> bool:
        """Does what was typed; false when the person has had enough."""
        if line in ("q", "quit", "exit"):
            return False
        if line in ("?", "h", "help"):
            self._say(Text(HELP))
            return True
        if self._current is None:
            self._later.clear()
            if line:
                self._say(Text("no prompt is waiting", "dim"))
        elif line == "p":
            self._show(self._current, 1)
            return True
        elif not line:
            self._later.add(self._current.id)
            self._current = None
        else:
            self._judge(self._current, line)
        self.look()
        return True

    def _judge(self, prompt: PromptOnView, line: str) -> None:
        found = _SCORES.fullmatch(line)
        try:
            if found is not None:
                scores = Scores(*(int(number) for number in found.groups()))
                done = self._operators.score_prompt(LOCAL, prompt.id, scores)
                earned = f"{plain(prompt.agent_name)} earns {amount(done['reward'])} credits"
                self._say(Text(earned, "green"))
            elif line in ("s", "skip"):
                self._operators.skip_prompt(LOCAL, prompt.id)
                self._say(Text("skipped", "dim"))
            else:
                self._say(Text("three numbers from 0 to 10, such as 8 9 7; ? helps", "red"))
                return
        except DomainError as refusal:
            self._say(Text(refusal.message, "red"))
            return
        self._current = None
