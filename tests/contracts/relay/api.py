"""A small application behind the real server: answers every GET with the path it was asked for."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from syntropism.adapters.rest.server import RunningServer, serve_in_thread


@contextmanager
def small_api() -> Iterator[RunningServer]:
    """Served from a thread of this process while the context lasts."""
    app = FastAPI(openapi_url=None)
    app.state.feed = SimpleNamespace(close=lambda: None)

    async def path(request: Request) -> Response:
        return Response(json.dumps({"data": {"path": request.url.path}}))

    app.add_route("/{path:path}", path)
    server = serve_in_thread(app)
    try:
        yield server
    finally:
        server.stop()
