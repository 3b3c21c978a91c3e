"""An economy that this process has opened, and leads."""

from types import TracebackType
from typing import Self

from syntropism.application.commands.founding import found_economy
from syntropism.application.commands.leading import Leadership, abandoned, take_lead
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.cycle import LEAD_MS
from syntropism.application.effects import Effects
from syntropism.application.operators.identity import LOCAL
from syntropism.application.retrying import retried
from syntropism.entrypoints.behaviours import Behaviours
from syntropism.entrypoints.container import Container
from syntropism.strategies import files as strategy_files


class OpenedEconomy:
    """What is open until it is closed: the parts, the lock, the lead."""

    def __init__(self, container: Container, behaviours: Behaviours, *, genesis: bool) -> None:
        self._container = container
        self._behaviours = behaviours
        self._lock = container.lock()
        if self._lock is not None:
            self._lock.acquire()
        try:
            self._begin(container, genesis=genesis)
        except BaseException:
            if self._lock is not None:
                self._lock.release()
            raise

    def _begin(self, container: Container, *, genesis: bool) -> None:
        self._store = container.store()
        self._rules = container.rules()
        self._operators = container.operators()
        self._clock = container.clock()
        self._cycle = container.cycle()
        self._simulated = container.wiring().seed is not None
        self._behaviours.bind(self._store)
        self._lead = self._found(genesis=genesis)
        self._cycle.recover(self._lead, everything=True)

    @retried
    def _found(self, *, genesis: bool) -> Leadership:
        founder = None
        if genesis:
            endowment = self._rules.parameters.genesis_endowment
            founder = BirthRequest("genesis", endowment, strategy_files("genesis"), "genesis")
        with self._store() as uow:
            lead = take_lead(
                uow, f"library-{self._rules.ids.new()}", LEAD_MS, vacant=abandoned(uow)
            )
            found_economy(Effects(uow, self._rules, LOCAL.name), founder)
            uow.commit()
            return lead

    def close(self) -> None:
        """Lets the database and the folder go."""
        dispose = getattr(self._store, "close", None)
        if dispose is not None:
            dispose()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
