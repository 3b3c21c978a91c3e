"""``syntropism serve``"""

from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

import syntropism
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.entrypoints.cli.office import container_of, log_to_stderr
from syntropism.entrypoints.cli.options import DatabaseOption, JsonOption, ProjectOption
from syntropism.entrypoints.cli.showing import Show
from syntropism.entrypoints.cli.signals import interrupts
from syntropism.entrypoints.container import Messaging, Serving
from syntropism.entrypoints.project import load_project
from syntropism.entrypoints.services.clocks import LOOK_SECONDS, ClockWatch
from syntropism.entrypoints.services.opening import open_store
from syntropism.entrypoints.services.patience import Patience, Stopped, when_it_answers
from syntropism.entrypoints.services.wiring import services_wiring
from syntropism.entrypoints.settings import values

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port of the HTTP API.")] = None,
    database: DatabaseOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve the HTTP API alone; any number of these can run at once.

    It keeps nothing to itself. Ctrl-C or SIGTERM lets requests under way finish, then ends.
    """
    flags = {"api.host": host, "api.port": port, "storage.database_url": database}
    found = load_project(project or Path.cwd(), flags)
    log_to_stderr(found.settings.log.level)
    show, stop = Show(as_json=as_json), Event()
    container = container_of(found, services_wiring(found, stop))
    shown = values(found.settings)
    clocks = ClockWatch(float(found.settings.storage.clock_skew_seconds_max), show.note)
    try:
        with interrupts(stop), open_store(container, stop, show.note) as store:
            doors: list[Serving | None] = []
            try:
                nats: Messaging | None = container.connect(version=syntropism.__version__)
                doors.append(nats)
                server = container.serve(
                    host=found.settings.api.host,
                    port=found.settings.api.port,
                    config=lambda: shown,
                    version=syntropism.__version__,
                    troubles=lambda: [
                        one for one in (nats.trouble if nats else "", clocks.trouble) if one
                    ],
                )
                doors.append(server)
                # Last, for what is made here is shown only once.
                secret, operators = container.new_secret(), container.operators()
                first = when_it_answers(
                    lambda: operators.bootstrap(secret), Patience(stop, show.note), stop
                )
                if as_json:
                    show.json({"address": server.address, "token": secret if first else None})
                else:
                    if first:
                        show.line(f"admin token for the HTTP API (shown only now): {secret}")
                    show.line((f"API: {server.address}/api/v1 · Ctrl-C ends cleanly", "dim"))
                while not stop.wait(LOOK_SECONDS):
                    with suppress(StorageFailed):
                        clocks.look(store)
            finally:
                for serving in doors:
                    if serving is not None:
                        serving.stop()
    except Stopped:
        return
