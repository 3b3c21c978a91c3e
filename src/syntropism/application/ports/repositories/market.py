"""Cycles and posted prices."""

from collections.abc import Sequence
from typing import Protocol

from syntropism.domain.market.cycles import Cycle
from syntropism.domain.market.losses import Loss


class Cycles(Protocol):
    """The numbered runs of the market."""

    def add(self, cycle: Cycle) -> None: ...

    def get(self, number: int) -> Cycle | None: ...

    def latest(self) -> Cycle | None: ...

    def latest_number(self) -> int:
        """The number of the latest cycle, without reading its certificate; 0 before the
        first."""
        ...

    def save(self, cycle: Cycle) -> None: ...

    def save_losses(self, number: int, losses: Sequence[Loss]) -> None:
        """Keeps why the losers of the cycle lost, once: they take megabytes, so they are not
        part of the cycle, which every step reads and writes."""
        ...

    def losses(self, number: int) -> Sequence[Loss]:
        """The losses of the cycle in the order of submission; none until it is settled."""
        ...

    def page(self, limit: int, before: int | None = None) -> list[Cycle]:
        """Newest first, with ``number < before``."""
        ...


class MarketStates(Protocol):
    """The posted prices."""

    def prices(self) -> dict[str, int] | None:
        """Pico-credits per unit·second, by resource, the four first; ``None`` until seeded."""
        ...

    def save(
        self,
        cycle: int,
        resources: tuple[str, ...],
        prices: tuple[int, ...],
        capacity: tuple[int, ...],
    ) -> None:
        """Posts the prices of ``resources`` (found at the end of ``cycle``), in place of all
        before, and keeps them in the history."""
        ...
