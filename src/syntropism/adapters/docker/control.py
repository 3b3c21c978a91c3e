"""The worker's side of the talk with the shim inside."""

import json
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from syntropism.application.ports.sandbox import ProviderFailed

START_SECONDS_MAX: Final = 30.0
"""From the container's start to the shim's answer, on a busy host."""
MESSAGE_BYTES_MAX: Final = 100 * 1024
_CREDENTIALS: Final = struct.Struct("3i")
"""Pid, uid and gid of a peer (``unix(7)``)."""


class Control:
    """Listens at ``path`` for the one shim of a window; ``listener`` is its loopback listener,
    once it is ready and if it could cross. ``agent`` becomes readable when the process that the
    shim is, and the agent will be, has ended; -1 where that cannot be known."""

    def __init__(self, path: Path, owner: Callable[[Path], None]) -> None:
        self._path = path
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._shim: socket.socket | None = None
        self.listener: socket.socket | None = None
        self.agent = -1
        try:
            self._server.bind(str(path))
            self._server.listen(1)
            path.chmod(0o600)
            owner(path)
        except BaseException:
            self._server.close()
            raise

    def await_ready(self, exited: int) -> bool:
        """Waits for the shim; false if the container (``exited`` becomes readable) ends first.

        Raises:
            ProviderFailed: it does not answer in time, or wrongly.
        """
        until = time.monotonic() + START_SECONDS_MAX
        if not _readable(self._server, exited, until):
            return False
        self._shim, _ = self._server.accept()
        self.agent = _process_of(self._shim)
        self._server.close()
        self._path.unlink()  # nobody else is to be let in
        if not _readable(self._shim, exited, until):
            return False
        message, ancillary, _, _ = self._shim.recvmsg(64, socket.CMSG_SPACE(4))
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self.listener = socket.socket(fileno=struct.unpack("i", data[:4])[0])
        if message != b"ready":
            raise ProviderFailed("the sandbox did not start: its shim broke off")
        return True

    def go(self, environment: Mapping[str, str], debugger: socket.socket | None = None) -> None:
        """Lets the shim become the agent, with this environment and nothing else; under a
        debugger, which is reached by what ``debugger`` accepts."""
        assert self._shim is not None
        message = json.dumps(dict(environment)).encode()
        if len(message) > MESSAGE_BYTES_MAX:
            raise ProviderFailed("the environment of a window is too large")
        try:
            socket.send_fds(self._shim, [message], [] if debugger is None else [debugger.fileno()])
        except OSError as error:
            raise ProviderFailed(f"the sandbox died while starting: {error.strerror}") from error

    def complaint(self) -> str:
        """Why the agent could not be started; empty when it could. To be asked at the end."""
        if self._shim is None:
            return ""
        self._shim.setblocking(False)
        try:
            message = self._shim.recv(512).decode("utf-8", "replace")
        except OSError:
            return ""
        return message.removeprefix("agent ")

    def close(self) -> None:
        """Closes what is open."""
        for one in (self._server, self._shim, self.listener):
            if one is not None:
                one.close()
        if self.agent >= 0:
            os.close(self.agent)
            self.agent = -1


def _process_of(peer: socket.socket) -> int:
    """A descriptor of the process that connected."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    with suppress(OSError):
        if (pid := _CREDENTIALS.unpack(credentials)[0]) > 0:  # 0: not to be seen from here
            return os.pidfd_open(pid)
    return -1


def _readable(connection: socket.socket, exited: int, until: float) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    poll.register(exited, select.POLLIN)
    ready = {descriptor for descriptor, _ in poll.poll(max(0.0, until - time.monotonic()) * 1000)}
    if not ready:
        raise ProviderFailed(f"the sandbox did not start within {START_SECONDS_MAX:g} seconds")
    return connection.fileno() in ready
