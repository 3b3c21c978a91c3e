"""The same for PostgreSQL: breaks connections when it matters most, at their commit."""

import socket
from typing import Final

from tests.servers.proxy import CHUNK_BYTES, Dose, Proxy

_TEXT: Final = b"COMMIT\0"
COMMIT: Final = b"Q" + (4 + len(_TEXT)).to_bytes(4, "big") + _TEXT
"""The message that ends a transaction, as the driver sends it."""

EVERY_SECONDS: Final = (4.0, 12.0)
"""How often a commit does not arrive, and how often one does whose answer is lost."""


class PostgresProxy(Proxy):
    """Between clients and a server; see :class:`Proxy`."""

    def __init__(
        self, name: str, port: int, seed: str, seconds: tuple[float, float] = EVERY_SECONDS
    ) -> None:
        self._lost = Dose(f"{seed}-commits", seconds)
        self._answer_lost = Dose(f"{seed}-answers", seconds)
        super().__init__(name, [("127.0.0.1", port)], seed)

    def requests(self, near: socket.socket, far: socket.socket) -> None:
        while piece := near.recv(CHUNK_BYTES):
            self.hold_back()
            if self.mischief and COMMIT in piece:
                if self._lost.due():
                    self.faults["commit lost"] += 1
                    raise ConnectionResetError
                if self._answer_lost.due():
                    self.faults["commit's answer lost"] += 1
                    self.lose_answer(near)
            far.sendall(piece)
        far.shutdown(socket.SHUT_WR)
