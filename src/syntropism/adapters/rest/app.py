"""The application: every operation below ``/api/v1``, and the probes at the root."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from syntropism.adapters.rest.agent_side import agent_operations
from syntropism.adapters.rest.door import Door, Handler
from syntropism.adapters.rest.envelope import Envelope
from syntropism.adapters.rest.event_stream import EventStream, add_event_stream
from syntropism.adapters.rest.feed import Feed
from syntropism.adapters.rest.identity import SignedTokens
from syntropism.adapters.rest.openapi import describe, operation_extra
from syntropism.adapters.rest.operations import Operation
from syntropism.adapters.rest.operator_side import operator_operations
from syntropism.adapters.rest.probes import add_probes
from syntropism.adapters.rest.rate_limit import RateLimit
from syntropism.adapters.rest.worker_side import worker_operations
from syntropism.application.operator_service import OperatorService
from syntropism.application.ports.clock import Clock
from syntropism.application.ports.tokens import TokenIssuer
from syntropism.application.system_service import SystemService
from syntropism.application.workforce import Workforce

BASE_PATH: Final = "/api/v1"
THREADS: Final = 16

_CODES: Final = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}
_MESSAGES: Final = {
    404: "there is no such path",
    405: "this path does not take this method",
}


class _DirectRoute(APIRoute):
    """A route whose endpoint is the whole handler: described like any other, but requests skip
    the dependency solver and the serializer, which would cost more than a balance query."""

    def get_route_handler(self) -> Handler:  # type: ignore[override]
        handler: Handler = self.endpoint
        return handler


def create_app(
    service: SystemService,
    operators: OperatorService,
    tokens: TokenIssuer,
    clock: Clock,
    config: Callable[[], Mapping[str, Any]] = dict,
    version: str = "0",
    rate: RateLimit | None = None,
    *,
    embedded: bool = False,
    workforce: Workforce | None = None,
    troubles: Callable[[], Sequence[str]] = tuple,
) -> FastAPI:
    """The HTTP door onto an economy. ``config`` gives the effective settings without secrets.

    Use cases run in threads of their own, so one that waits for a lock never stops the others
    from being heard; only where the store is ``embedded`` (SQLite: readers wait for nobody) are
    quick questions answered without a thread. Workers elsewhere are heard where there is a
    ``workforce``. ``troubles`` are what readiness is to tell of: lines. Nothing is opened here.
    """
    envelope = Envelope(clock.now, version)
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="rest")
    door = Door(
        operators, SignedTokens(tokens, clock.now), rate or RateLimit(), envelope, threads, embedded
    )
    app = FastAPI(
        title="Syntropism",
        version=version,
        openapi_url=f"{BASE_PATH}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            HTTPException: partial(_on_http_error, envelope),
            Exception: partial(_on_error, envelope),
        },
    )
    app.state.envelope = envelope
    app.router.route_class = _DirectRoute
    operations = [*agent_operations(service, operators), *operator_operations(operators, config)]
    if workforce is not None:
        operations += worker_operations(workforce)
    for operation in operations:
        _add(app, door, operation)
    app.state.feed = Feed(service.store, threads)
    add_event_stream(app, EventStream(door, app.state.feed), BASE_PATH)
    add_probes(app, service.store, envelope, threads, troubles)
    app.openapi = partial(describe, app, operations)  # type: ignore[method-assign]
    return app


def _add(app: FastAPI, door: Door, operation: Operation) -> None:
    name = f"{operation.method} {operation.path}"
    app.add_api_route(
        BASE_PATH + operation.path,
        door.handler(operation),
        methods=[operation.method],
        name=name,
        summary=operation.summary,
        tags=[operation.path.split("/")[1]],
        response_class=Response,
        openapi_extra=operation_extra(operation),
    )


async def _on_http_error(envelope: Envelope, _: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "REFUSED")
    message = _MESSAGES.get(error.status_code, error.detail)
    return envelope.error(error.status_code, code, message, headers=error.headers)


async def _on_error(envelope: Envelope, _: Request, __: Exception) -> Response:
    return envelope.error(500, "INTERNAL", "an error of ours")
