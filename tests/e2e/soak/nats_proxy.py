"""The same for NATS: repeats, delays and loses single messages, both ways."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Final
from weakref import WeakKeyDictionary

from tests.servers.proxy import CHUNK_BYTES, Dose, Proxy

LATER_SECONDS: Final = (0.2, 3.0)
_WITH_PAYLOAD: Final = (b"PUB", b"HPUB", b"MSG", b"HMSG")
KINDS: Final = ("offer", "event", "acknowledgement", "question", "delivery")
_TOLD: Final = {b"work": "offer", b"events": "event", b"$JS.ACK": "acknowledgement"}

REPEATED: Final = {"offer": 0.1, "event": 0.1, "acknowledgement": 0.1}
"""Of what is told, how much is told twice."""

OTHERS: Final = 0.01
"""Of questions and deliveries, which are many, for everybody asks all the time."""

LOST_SECONDS: Final = (40.0, 80.0)
"""How often one of each kind is lost: seldom, since who waits in vain waits ten seconds."""


class NatsProxy(Proxy):
    """Between clients and a server; see :class:`Proxy`. Repeats come at once, or when others
    have overtaken them."""

    def __init__(self, name: str, port: int, seed: str) -> None:
        self._writing: WeakKeyDictionary[socket.socket, threading.Lock] = WeakKeyDictionary()
        self._lost = {kind: Dose(f"{seed}-{kind}", LOST_SECONDS) for kind in KINDS}
        super().__init__(name, [("127.0.0.1", port)], seed)

    def requests(self, near: socket.socket, far: socket.socket) -> None:
        self._carry_frames(near, far)
        far.shutdown(socket.SHUT_WR)

    def answers(self, near: socket.socket, far: socket.socket) -> None:
        self._carry_frames(far, near)
        near.shutdown(socket.SHUT_WR)

    def _carry_frames(self, here: socket.socket, there: socket.socket) -> None:
        had = bytearray()
        while piece := here.recv(CHUNK_BYTES):
            had += piece
            self.hold_back()
            out = b"".join(one for frame in frames(had) for one in self._fate(frame, there))
            self._send(out, there)

    def _fate(self, frame: bytes, there: socket.socket) -> Iterator[bytes]:
        """What goes on of a message now: it, nothing, or it twice."""
        kind = kind_of(frame) if self.mischief else ""
        if not kind:
            yield frame
            return
        if self._lost[kind].due():
            self.faults[f"{kind} lost"] += 1
            return
        repeated, chance = REPEATED.get(kind, OTHERS), self._random.random()
        yield frame
        if chance < repeated / 2:
            self.faults[f"{kind} repeated"] += 1
            yield frame
        elif chance < repeated:
            self.faults[f"{kind} repeated later"] += 1
            pause = self._random.uniform(*LATER_SECONDS)
            again = threading.Timer(pause, self._send_late, (frame, there))
            again.daemon = True
            again.start()

    def _send(self, messages: bytes, there: socket.socket) -> None:
        with self._writing.setdefault(there, threading.Lock()):
            there.sendall(messages)

    def _send_late(self, message: bytes, there: socket.socket) -> None:
        with suppress(OSError):  # the connection has ended meanwhile
            self._send(message, there)


def frames(had: bytearray) -> Iterator[bytes]:
    """The whole messages at the front of ``had``, taken out of it."""
    start = 0
    while (end := had.find(b"\r\n", start)) >= 0:
        words = bytes(had[start:end]).split()
        over = end + 2
        if words and words[0].upper() in _WITH_PAYLOAD:
            over += int(words[-1]) + 2
        if over > len(had):
            break
        yield bytes(had[start:over])
        start = over
    del had[:start]


def kind_of(frame: bytes) -> str:
    """What a message is; empty for what only keeps the connection."""
    verb, _, rest = frame.partition(b" ")
    if verb not in _WITH_PAYLOAD:
        return ""
    if verb in (b"MSG", b"HMSG"):
        return "delivery"
    subject = rest.split(None, 1)[0]
    for prefix, kind in _TOLD.items():
        if subject.startswith(prefix + b"."):
            return kind
    return "question"
