"""A TCP proxy that fails on purpose: it cuts, delays, refuses and loses answers; seeded."""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

Address = tuple[str, int]

CHUNK_BYTES: Final = 65_536
CONNECT_SECONDS_MAX: Final = 5.0


class Dose:
    """Now and then, however much there is to choose from: first within the lower of ``seconds``,
    and not again before a time between the two has passed."""

    def __init__(self, seed: str, seconds: tuple[float, float]) -> None:
        self._random = random.Random(seed)
        self._seconds = seconds
        self._next: float | None = None
        self._lock = threading.Lock()

    def due(self) -> bool:
        """Whether it is time; then it was."""
        now = time.monotonic()
        with self._lock:
            if self._next is None:
                self._next = now + self._random.uniform(0, self._seconds[0])
            if now < self._next:
                return False
            self._next = now + self._random.uniform(*self._seconds)
            return True


class Proxy:
    """Listens on a port of its own, and carries each connection to one of ``targets`` in turn.

    While nothing is asked of it, it only carries. ``faults`` counts what it did, by kind.
    ``mischief`` is for proxies that understand what they carry: whether things go wrong by
    themselves too.
    """

    def __init__(self, name: str, targets: Sequence[Address], seed: str) -> None:
        self.name = name
        self.targets = tuple(targets)
        self.faults: Counter[str] = Counter()
        self.mischief = False
        self._random = random.Random(f"{seed}-{name}")
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._losing: set[socket.socket] = set()
        self._refusing_until = 0.0
        self._delaying_until = 0.0
        self._turn = 0
        self._closed = False
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, name=f"proxy {name}", daemon=True).start()

    # What can be asked of it.

    def cut(self, share: float = 1.0) -> None:
        """Resets that share of the connections it has."""
        with self._lock:
            chosen = [pair for pair in self._pairs if self._random.random() < share]
        for pair in chosen:
            self._reset(pair)
        self.faults["cut"] += len(chosen)

    def refuse(self, seconds: float) -> None:
        """Takes no new connection for so long, and resets those it has."""
        self._refusing_until = time.monotonic() + seconds
        self.faults["refused"] += 1
        self.cut()

    def delay(self, seconds: float) -> None:
        """Holds back each piece for a moment, for so long."""
        self._delaying_until = time.monotonic() + seconds
        self.faults["delayed"] += 1

    def heal(self) -> None:
        """Only carries, from now on."""
        self._refusing_until = self._delaying_until = 0.0
        self.mischief = False

    def close(self) -> None:
        """Ends it, and all that it carries."""
        self._closed = True
        self._listening.close()
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._reset(pair)

    # How it carries.

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if time.monotonic() < self._refusing_until:
                _reset(near)
                continue
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def target(self) -> Address:
        """Where the next connection goes."""
        self._turn += 1
        return self.targets[self._turn % len(self.targets)]

    def _carry(self, near: socket.socket) -> None:
        far = self._open()
        if far is None:
            _reset(near)
            return
        pair = (near, far)
        for one in pair:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._pairs.add(pair)
        back = threading.Thread(target=self._answers, args=pair, daemon=True)
        back.start()
        try:
            self.requests(near, far)
        except OSError:
            self._reset(pair)
        back.join()
        with self._lock:
            self._pairs.discard(pair)
        for one in pair:
            one.close()

    def _open(self) -> socket.socket | None:
        for _ in self.targets:
            with suppress(OSError):
                far = socket.create_connection(self.target(), CONNECT_SECONDS_MAX)
                far.settimeout(None)
                return far
        return None

    def requests(self, near: socket.socket, far: socket.socket) -> None:
        """Carries what a client says until it ends."""
        while piece := near.recv(CHUNK_BYTES):
            self.hold_back()
            far.sendall(piece)
        far.shutdown(socket.SHUT_WR)

    def answers(self, near: socket.socket, far: socket.socket) -> None:
        """Carries what a server says until it ends, or until what it says is to be lost."""
        try:
            while piece := far.recv(CHUNK_BYTES):
                if near in self._losing:
                    break
                self.hold_back()
                self.heard(piece)
                near.sendall(piece)
        finally:
            self._losing.discard(near)
        for one in (near, far):
            one.shutdown(socket.SHUT_RDWR)

    def heard(self, piece: bytes) -> None:
        """Looks at a piece of an answer before it goes on."""

    def lose_answer(self, near: socket.socket) -> None:
        """Breaks this connection when its server says something."""
        self._losing.add(near)

    def _answers(self, near: socket.socket, far: socket.socket) -> None:
        try:
            self.answers(near, far)
        except OSError:
            self._reset((near, far))

    def hold_back(self) -> None:
        """A moment, while it delays."""
        if time.monotonic() < self._delaying_until:
            time.sleep(self._random.uniform(0, 0.3))

    @staticmethod
    def _reset(pair: tuple[socket.socket, socket.socket]) -> None:
        for one in pair:
            with suppress(OSError):  # wakes whoever reads it; the thread that carries closes it
                one.shutdown(socket.SHUT_RDWR)


def _reset(one: socket.socket) -> None:
    """Closes it as a machine that vanishes would."""
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    one.close()
