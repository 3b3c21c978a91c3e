"""Whether the process is there, and whether it can do its work."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from syntropism.adapters.rest.envelope import Envelope
from syntropism.application.ports.unit_of_work import StorageFailed, UnitOfWorkFactory


def add_probes(
    app: FastAPI,
    store: UnitOfWorkFactory,
    envelope: Envelope,
    threads: Executor,
    troubles: Callable[[], Sequence[str]],
) -> None:
    """``/healthz`` answers while the process lives, ``/readyz`` while its store does; it names
    the ``troubles`` that requests do not suffer from."""

    def ask_store() -> None:
        with store(read_only=True) as uow:
            uow.market.prices()

    async def healthz(_: Request) -> Response:
        return envelope.success({"status": "ok"})

    async def readyz(_: Request) -> Response:
        try:
            await asyncio.get_running_loop().run_in_executor(threads, ask_store)
        except StorageFailed as failure:
            return envelope.unavailable(str(failure))
        named = list(troubles())
        if named:
            return envelope.success({"status": "degraded", "troubles": named})
        return envelope.success({"status": "ready"})

    for path, probe in (("/healthz", healthz), ("/readyz", readyz)):
        app.add_api_route(
            path, probe, methods=["GET"], name=path[1:], tags=["probes"], response_class=Response
        )
