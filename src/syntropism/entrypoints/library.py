"""The facade behind ``import syntropism``: a whole economy as one object."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from attrs import evolve

from syntropism.application.views.market import CycleView
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Invalid
from syntropism.entrypoints.behaviours import Behaviours
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.facade.attention import EconomyAttention
from syntropism.entrypoints.facade.population import EconomyPopulation
from syntropism.entrypoints.facade.readings import EconomyReadings
from syntropism.entrypoints.reports import Report
from syntropism.entrypoints.wiring import SQLITE, Wiring, on_server


class Economy(EconomyPopulation, EconomyAttention, EconomyReadings):
    """An economy in this process. Agents are Python functions or built-in strategies.

    Use :meth:`in_memory` or :meth:`open`; close it, or use it as a context manager.
    """

    @classmethod
    def in_memory(
        cls,
        seed: int = 0,
        *,
        parameters: EconomicParameters | None = None,
        human: str | None = None,
        genesis: bool = False,
    ) -> "Economy":
        """A new economy in memory, with simulated time: the same seed gives the same history.

        ``human`` is a scripted persona (``"sensitive"``, ``"flat"``, …) or ``None``;
        ``genesis`` starts it with the built-in founder.

        Raises:
            Invalid: there is no such persona.
        """
        return cls._wired(
            Wiring(parameters=parameters or EconomicParameters(), seed=seed, persona=human),
            genesis=genesis,
        )

    @classmethod
    def open(
        cls,
        url: str,
        *,
        parameters: EconomicParameters | None = None,
        human: str | None = None,
        genesis: bool = False,
        folder: str | os.PathLike[str] | None = None,
    ) -> "Economy":
        """The same on disk: ``sqlite:///economy.db`` is created, or resumed; so is what is in
        ``postgresql://user@host/economy``, a database that must exist. Workspaces and keys live
        in ``folder`` (by default beside the file, or in the current folder: ``<database>.d``).

        Raises:
            StorageFailed: the database cannot be used, or another process runs it.
        """
        if folder is None:
            path = url.removeprefix(SQLITE)
            if on_server(url):
                path = urlsplit(url).path.strip("/") or "economy"
            elif path == url:
                raise Invalid("a database that is not SQLite needs a folder", field="folder")
            folder = f"{path}.d"
        return cls._wired(
            Wiring(
                parameters=parameters or EconomicParameters(),
                database=url,
                folder=Path(folder),
                persona=human,
            ),
            genesis=genesis,
        )

    @classmethod
    def _wired(cls, wiring: Wiring, *, genesis: bool) -> "Economy":
        behaviours = Behaviours()
        container = Container(wiring=evolve(wiring, behaviours=behaviours))
        return cls(container, behaviours, genesis=genesis)

    def step(self) -> CycleView:
        """Runs one cycle to its end (an interrupted one first)."""
        cycle = CycleView.of(self._cycle.run(self._lead))
        if self._simulated:
            self._clock.sleep(self._rules.parameters.cycle_ms / 1000)
        return cycle

    def run(self, cycles: int, *, progress: Callable[[CycleView], object] | None = None) -> Report:
        """Runs ``cycles`` cycles and reports on everything so far. ``progress`` is called after
        each.

        Raises:
            Invalid: a negative number.
        """
        if cycles < 0:
            raise Invalid("cycles must not be negative", field="cycles")
        for _ in range(cycles):
            done = self.step()
            if progress is not None:
                progress(done)
        return self.report()
