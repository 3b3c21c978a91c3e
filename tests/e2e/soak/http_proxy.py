"""The same for HTTP: asks some questions twice, and loses some answers."""

import math
import re
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from tests.servers.proxy import CHUNK_BYTES, Address, Proxy

ANSWER_SECONDS_MAX: Final = 20.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_KEY: Final = re.compile(rb"\r\nidempotency-key:", re.IGNORECASE)


class HttpProxy(Proxy):
    """Between what speaks HTTP and several servers of the same; see :class:`Proxy`.

    While :attr:`mischief` is above 0 that share of the requests with an ``Idempotency-Key`` is
    asked twice, of another server too: before the first, or at the same time. Of as many the
    answer is lost: the connection breaks when it comes.
    """

    def __init__(self, name: str, targets: Sequence[Address], seed: str) -> None:
        super().__init__(name, targets, seed)
        self.mischief = 0.0
        self._losing: set[socket.socket] = set()

    def heal(self) -> None:
        super().heal()
        self.mischief = 0.0

    def requests(self, near: socket.socket, far: socket.socket) -> None:
        had = b""
        while piece := near.recv(CHUNK_BYTES):
            had += piece
            while request := whole_request(had):
                had = had[len(request) :]
                self.hold_back()
                self._ask(request, near, far)
        far.shutdown(socket.SHUT_WR)

    def _ask(self, request: bytes, near: socket.socket, far: socket.socket) -> None:
        chance = self._random.random() if _KEY.search(head_of(request)) else math.inf
        if chance < self.mischief:
            self.faults["asked twice"] += 1
            again = threading.Thread(target=self._ask_again, args=(request,), daemon=True)
            again.start()
            if chance < self.mischief / 2:
                again.join()
        elif chance < self.mischief * 2:
            self.faults["answer lost"] += 1
            self._losing.add(near)
        far.sendall(request)

    def answers(self, near: socket.socket, far: socket.socket) -> None:
        try:
            while piece := far.recv(CHUNK_BYTES):
                if near in self._losing:
                    break
                self.hold_back()
                near.sendall(piece)
        finally:
            self._losing.discard(near)
        for one in (near, far):
            one.shutdown(socket.SHUT_RDWR)

    def _ask_again(self, request: bytes) -> None:
        with (
            suppress(OSError),
            socket.create_connection(self.target(), ANSWER_SECONDS_MAX) as other,
        ):
            other.sendall(request)
            other.recv(CHUNK_BYTES)


def head_of(request: bytes) -> bytes:
    """All before the body."""
    return request.partition(b"\r\n\r\n")[0]


def whole_request(had: bytes) -> bytes:
    """The first request in ``had``, if all of it is there."""
    head, end, _ = had.partition(b"\r\n\r\n")
    if not end:
        return b""
    found = _LENGTH.search(head)
    size = len(head) + len(end) + (int(found[1]) if found else 0)
    return had[:size] if len(had) >= size else b""
