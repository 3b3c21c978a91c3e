"""The same for HTTP: asks some questions twice, and loses some, or their answers."""

import re
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from attrs import frozen
from tests.servers.proxy import CHUNK_BYTES, Address, Proxy

ANSWER_SECONDS_MAX: Final = 20.0
LATER_SECONDS: Final = (0.3, 4.0)
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_KEY: Final = re.compile(rb"\r\nidempotency-key:", re.IGNORECASE)
_WORKER: Final = re.compile(rb"^POST [^ ]*/workers/")
_STALE: Final = b'"goes_on":false'


@frozen
class Shares:
    """Of the requests with an ``Idempotency-Key``, how many are asked twice, get lost, or are
    heard but lose their answer."""

    twice: float = 0.0
    lost: float = 0.0
    answer_lost: float = 0.0


class HttpProxy(Proxy):
    """Between what speaks HTTP and several servers of the same; see :class:`Proxy`.

    What is asked twice is asked of another server too: before the first, at the same time, or
    later, when the first has been answered long ago. What ``workers`` ask at their desk goes
    wrong more rarely than what ``agents`` ask, for they ask all the time.
    """

    def __init__(
        self,
        name: str,
        targets: Sequence[Address],
        seed: str,
        agents: Shares,
        workers: Shares,
    ) -> None:
        self._shares = {"agents": agents, "workers": workers}
        super().__init__(name, targets, seed)

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
        head = head_of(request)
        if self.mischief and _KEY.search(head):
            who = "workers" if _WORKER.search(head) else "agents"
            shares = self._shares[who]
            chance = self._random.random()
            if chance < shares.twice:
                self.faults[f"{who}: asked twice"] += 1
                self._ask_twice(request)
            elif chance < shares.twice + shares.lost:
                self.faults[f"{who}: question lost"] += 1
                raise ConnectionResetError
            elif chance < shares.twice + shares.lost + shares.answer_lost:
                self.faults[f"{who}: answer lost"] += 1
                self.lose_answer(near)
        far.sendall(request)

    def heard(self, piece: bytes) -> None:
        if _STALE in piece:
            self.faults["workers: told that a window is not theirs"] += 1

    def _ask_twice(self, request: bytes) -> None:
        way = self._random.choice(("before", "beside", "later"))
        pause = self._random.uniform(*LATER_SECONDS) if way == "later" else 0.0
        again = threading.Timer(pause, self._ask_again, (request,))
        again.daemon = True
        again.start()
        if way == "before":
            again.join()

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
