"""Which Python function an agent is: registered, inherited, or built from its own sources."""

from collections.abc import Callable
from typing import Any, Final

from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.domain.identifiers import AgentId
from syntropism.strategies import behaviour_of

Behaviour = Callable[[Any], object]

CALLABLE_FILES: Final = {"main.py": b'"""A Python function of the process that runs it."""\n'}
"""The workspace of an agent that is a function."""


class Behaviours:
    """The functions of agents. A child that carries no sources of its own lives as its nearest
    ancestor with a function does."""

    def __init__(self) -> None:
        self._functions: dict[str, Behaviour] = {}
        self._store: UnitOfWorkFactory | None = None

    def bind(self, store: UnitOfWorkFactory) -> None:
        """Looks lineage up in ``store`` from now on."""
        self._store = store

    def register(self, agent_id: str, function: Behaviour) -> None:
        """``function`` is what the agent does when it wins a window."""
        self._functions[agent_id] = function

    def __call__(self, agent_id: str, files: dict[str, bytes]) -> Behaviour | None:
        """The function of an agent, or ``None`` if it has none."""
        found = self._functions.get(agent_id)
        if found is not None:
            return found
        if "main.py" not in files or files["main.py"] == CALLABLE_FILES["main.py"]:
            return self._inherited(agent_id)
        return behaviour_of(files, agent_id)

    def _inherited(self, agent_id: str) -> Behaviour | None:
        assert self._store is not None
        ancestor: str | None = agent_id
        with self._store(read_only=True) as uow:
            while ancestor is not None:
                if ancestor in self._functions:
                    return self._functions[ancestor]
                agent = uow.agents.get(AgentId(ancestor))
                ancestor = agent.parent_id if agent else None
        return None
