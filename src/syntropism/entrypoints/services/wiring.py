"""How a process that is one of several is wired."""

from collections.abc import Callable
from threading import Event

from syntropism.entrypoints.project import Project
from syntropism.entrypoints.wiring import ServicesWiring, Wiring


def services_wiring(
    project: Project,
    stop: Event,
    *,
    worker: str = "",
    persona: str | None = None,
    live: bool = False,
    execute: Callable[[], int] = lambda: 0,
) -> Wiring:
    """The wiring of one of the services of ``project``; see :class:`ServicesWiring`."""
    services = project.settings.services
    return Wiring(
        sandbox=project.settings.execution.sandbox,
        persona=persona,
        live=live,
        stopping=stop.is_set,
        services=ServicesWiring(
            lead_ms=int(services.lead_seconds * 1000),
            lease_ms=int(services.lease_seconds * 1000),
            worker=worker,
            execute=execute,
        ),
    )
