"""Which worker has room for what was won: first fit, in order of the workers' ids."""

from collections.abc import Iterable, Mapping, Sequence

from attrs import define, frozen

from syntropism.domain.identifiers import WorkerId
from syntropism.domain.market.resources import Rates


@define(slots=True)
class Place:
    """One worker and what is left of it: thousandths of a core and of a megabyte, and windows
    that it can live beside those it has."""

    worker_id: WorkerId
    cpu_milli: int
    memory_milli_mb: int
    slots: int

    def take(self, rates: Rates) -> bool:
        """Takes a window if there is room for it, and tells whether. Tokens and attention
        belong to no worker."""
        cpu_milli, memory_milli_mb = rates[:2]
        if self.slots < 1 or cpu_milli > self.cpu_milli or memory_milli_mb > self.memory_milli_mb:
            return False
        self.cpu_milli -= cpu_milli
        self.memory_milli_mb -= memory_milli_mb
        self.slots -= 1
        return True


@frozen(slots=True)
class Placement:
    """By name the worker that each found room at, and those that found none."""

    places: Mapping[str, WorkerId]
    homeless: tuple[str, ...]


def first_fit(wants: Iterable[tuple[str, Rates]], places: Sequence[Place]) -> Placement:
    """Gives every one of ``wants``, in order, to the first of ``places`` (in order of id) that
    has room for the whole of it. ``places`` are left as they are.

    O(n·w) for n windows and w workers.
    """
    left = [
        Place(one.worker_id, one.cpu_milli, one.memory_milli_mb, one.slots)
        for one in sorted(places, key=lambda one: one.worker_id)
    ]
    found: dict[str, WorkerId] = {}
    homeless: list[str] = []
    for name, rates in wants:
        home = next((one for one in left if one.take(rates)), None)
        if home is None:
            homeless.append(name)
        else:
            found[name] = home.worker_id
    return Placement(found, tuple(homeless))
