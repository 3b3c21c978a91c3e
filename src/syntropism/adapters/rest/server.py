"""Serving the application from a thread of this process."""

import asyncio
import errno
import socket
import threading
import time
from typing import Final

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from syntropism.adapters.rest.envelope import Envelope

START_SECONDS_MAX: Final = 10.0
STOP_SECONDS_MAX: Final = 5
KEEP_ALIVE_SECONDS: Final = 30
HEAD_BYTES_MAX: Final = 16 * 1024
"""Request line and headers together."""
BACKLOG: Final = 256


class CannotListen(Exception):
    """The address cannot be served: one line that says why and what to do."""


class _Protocol(H11Protocol):
    """HTTP/1.1; what is not even HTTP is refused in the envelope too."""

    def send_400_response(self, msg: str) -> None:
        envelope: Envelope = self.config.app.state.envelope  # type: ignore[union-attr]
        answer = envelope.error(400, "MALFORMED", "this is not an HTTP/1.1 request")
        headers = [*answer.raw_headers, (b"connection", b"close")]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class _Server(uvicorn.Server):
    """Tells which event loop it works in, once it has started."""

    loop: asyncio.AbstractEventLoop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def protocol(self) -> asyncio.Protocol:
        return _Protocol(self.config, self.server_state, self.lifespan.state, self.loop)


class RunningServer:
    """A server at work; ``address`` is where."""

    def __init__(
        self, app: FastAPI, server: _Server, thread: threading.Thread, address: str
    ) -> None:
        self._app = app
        self._server = server
        self._thread = thread
        self.address = address
        """``http://host:port``, with the real port when 0 was asked for."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Where it works."""
        return self._server.loop

    def protocol(self) -> asyncio.Protocol:
        """Answers one further connection, which somebody else has accepted in the loop."""
        return self._server.protocol()

    def stop(self) -> None:
        """Lets requests under way finish for a few seconds, then ends. Can be repeated."""
        self._app.state.feed.close()
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS_MAX + 5)


def serve_in_thread(app: FastAPI, host: str = "127.0.0.1", port: int = 0) -> RunningServer:
    """Serves an application of ours until it is stopped; returns when it answers.

    Raises:
        CannotListen: the port is busy, not permitted, or the host is not of this machine.
    """
    listener = listen(host, port)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
    )
    server = _Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="rest-server", daemon=True
    )
    thread.start()
    deadline = time.monotonic() + START_SECONDS_MAX
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            server.should_exit = True
            raise CannotListen(f"the server on {host} port {port} did not start")
        time.sleep(0.005)
    return RunningServer(app, server, thread, _address(listener))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        CannotListen: see :func:`serve_in_thread`.
    """
    if not 0 <= port <= 65535:
        raise CannotListen(f"port must be from 0 to 65535, not {port}")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # asyncio turns Nagle's delay off only where the protocol is named, and connections
        # inherit it; without that every answer waits 40 ms for an acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as problem:
        raise CannotListen(f"cannot listen on {host}: {problem}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        raise CannotListen(_reason(host, port, problem)) from None
    return listener


def _reason(host: str, port: int, problem: OSError) -> str:
    where = f"cannot listen on {host} port {port}: "
    if problem.errno == errno.EADDRINUSE:
        return where + "the port is in use; choose another one"
    if problem.errno in (errno.EACCES, errno.EPERM):
        return where + "not permitted; choose a port from 1024 upwards"
    if problem.errno == errno.EADDRNOTAVAIL:
        return where + "this machine does not have that address"
    return where + (problem.strerror or str(problem))


def _address(listener: socket.socket) -> str:
    name = listener.getsockname()
    host = f"[{name[0]}]" if listener.family == socket.AF_INET6 else name[0]
    return f"http://{host}:{name[1]}"
