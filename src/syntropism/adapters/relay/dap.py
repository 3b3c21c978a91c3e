"""What an agent's debugger may say to the editor of the one who runs the economy.

Editors trust what they attach to. The Debug Adapter Protocol lets an adapter ask its editor to
run commands in a terminal (``runInTerminal``) or to start other sessions (``startDebugging``, and
events of debugpy's own); inside a window an agent could speak in the adapter's place. Answers
and the events of the protocol pass; requests, and whatever else there may be, do not.
See https://microsoft.github.io/debug-adapter-protocol/specification.
"""

import json
from typing import Final

MESSAGE_BYTES_MAX: Final = 32 * 1024 * 1024
HEADER_BYTES_MAX: Final = 4096
_END: Final = b"\r\n\r\n"
EVENTS: Final = frozenset(
    (
        *("initialized", "stopped", "continued", "exited", "terminated", "thread", "output"),
        *("breakpoint", "module", "loadedSource", "process", "capabilities", "invalidated"),
        *("progressStart", "progressUpdate", "progressEnd", "memory"),
    )
)


class DapFilter:
    """Lets through, whole, the messages that may pass."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None

    def feed(self, data: bytes) -> bytes:
        """The messages that ``data`` completes and that may pass.

        Raises:
            ValueError: this is not the protocol.
        """
        self._buffer += data
        passed = bytearray()
        while True:
            if self._length is None:
                head, found, _ = self._buffer.partition(_END)
                if len(head) > HEADER_BYTES_MAX:
                    raise ValueError("a header without end")
                if not found:
                    return bytes(passed)
                self._length = _content_length(bytes(head))
                del self._buffer[: len(head) + len(_END)]
            if len(self._buffer) < self._length:
                return bytes(passed)
            body = bytes(self._buffer[: self._length])
            del self._buffer[: self._length]
            self._length = None
            passed += _passed(body)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
            if length <= MESSAGE_BYTES_MAX:
                return length
    raise ValueError("a header without a length, or with too large a one")


def _passed(body: bytes) -> bytes:
    try:
        message = json.loads(body)
    except RecursionError:
        raise ValueError("nested without end") from None
    if not isinstance(message, dict):
        raise ValueError("no message")
    kind = message.get("type")
    if kind != "response" and not (kind == "event" and message.get("event") in EVENTS):
        return b""
    # Written anew: what was judged is what is read, however often a key stands in there.
    content = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(content), content)
