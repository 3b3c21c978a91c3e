"""What an agent prints: drained always, kept up to a cap."""

import os
from typing import Final

from syntropism.application.capped_log import CappedLog

CHUNK_BYTES: Final = 1 << 16
DRAIN_BYTES_MAX: Final = 1 << 20
"""Read at one go, so that a flood cannot keep the supervisor from its clock."""


class CappedOutput(CappedLog):
    """The log of one window, read from ``descriptor``."""

    def __init__(self, descriptor: int, bytes_max: int) -> None:
        super().__init__(bytes_max)
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self.ended = False

    def drain(self) -> None:
        """Takes what is there now, without waiting."""
        for _ in range(DRAIN_BYTES_MAX // CHUNK_BYTES):
            try:
                chunk = os.read(self._descriptor, CHUNK_BYTES)
            except BlockingIOError:
                return
            except InterruptedError:
                continue
            if not chunk:
                self.ended = True
                return
            self.keep(chunk)
