"""Where an editor attaches: one port of this host's loopback, led into one window at a time."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from syntropism.adapters.relay.dap import DapFilter
from syntropism.application.ports.sandbox import ProviderFailed

_log = logging.getLogger(__name__)

BRIDGE: Final = Path(__file__).with_name("bridge.py")
"""What runs inside the window; see the port."""

SESSIONS_MAX: Final = 8
LOOK_SECONDS: Final = 0.2
CHUNK_BYTES: Final = 1 << 16


class LoopbackDebugRelay:
    """Listens from the first ``lead``, or ``start``, on. Who attaches while no window is debugged
    is kept waiting until one is."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener: socket.socket | None = None
        self._lock = threading.Lock()
        self._window: Path | None = None
        self._sessions: set[socket.socket] = set()

    @property
    def address(self) -> str:
        """See the port."""
        port = self._port if self._listener is None else self._listener.getsockname()[1]
        return f"127.0.0.1:{port}"

    def start(self) -> None:
        """Listens from now on; repeatable.

        Raises:
            ProviderFailed: the port is taken.
        """
        with self._lock:
            if self._listener is not None:
                return
            try:
                self._listener = socket.create_server(("127.0.0.1", self._port), backlog=8)
            except OSError as error:
                raise ProviderFailed(
                    f"cannot listen for debuggers on 127.0.0.1 port {self._port}: "
                    f"{error.strerror or error}"
                ) from error
            threading.Thread(
                target=self._accept, args=(self._listener,), name="debug", daemon=True
            ).start()

    @contextmanager
    def lead(self, socket_path: Path) -> Iterator[socket.socket]:
        """See the port."""
        self.start()
        with socket.socket(socket.AF_UNIX) as listener:
            try:
                listener.bind(str(socket_path))
                socket_path.chmod(0o600)
                listener.listen(SESSIONS_MAX)
            except OSError as error:
                raise ProviderFailed(
                    f"cannot open the debug socket {socket_path}: {error.strerror or error}"
                ) from error
            self._window = socket_path
            try:
                yield listener
            finally:
                self._window = None
                with contextlib.suppress(OSError):
                    socket_path.unlink()

    def close(self) -> None:
        """Stops listening, and ends every session."""
        with self._lock:
            listener, self._listener = self._listener, None
            sessions = tuple(self._sessions)
        for one in (*([listener] if listener is not None else []), *sessions):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        if listener is not None:
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                editor, _ = listener.accept()
            except OSError:
                time.sleep(LOOK_SECONDS)
                continue
            with self._lock:
                if len(self._sessions) >= SESSIONS_MAX:
                    editor.close()
                    continue
                self._sessions.add(editor)
            threading.Thread(target=self._serve, args=(editor,), name="debug", daemon=True).start()

    def _serve(self, editor: socket.socket) -> None:
        try:
            with editor, contextlib.suppress(OSError):
                window = self._await_window(editor)
                if window is not None:
                    with socket.socket(socket.AF_UNIX) as inside:
                        inside.connect(str(window))
                        _join(editor, inside)
        finally:
            with self._lock:
                self._sessions.discard(editor)

    def _await_window(self, editor: socket.socket) -> Path | None:
        """The socket of the window to debug; nothing once the editor has lost patience."""
        editor.settimeout(LOOK_SECONDS)
        while self._listener is not None:
            window = self._window
            if window is not None:
                editor.settimeout(None)
                return window
            try:
                if not editor.recv(1, socket.MSG_PEEK):
                    return None
                time.sleep(LOOK_SECONDS)
            except TimeoutError:
                continue
        return None


def _join(editor: socket.socket, inside: socket.socket) -> None:
    back = threading.Thread(
        target=_pump, args=(inside, editor, DapFilter().feed), name="debug", daemon=True
    )
    back.start()
    _pump(editor, inside, lambda data: data)
    back.join()


def _pump(source: socket.socket, target: socket.socket, through: Callable[[bytes], bytes]) -> None:
    try:
        while data := source.recv(CHUNK_BYTES):
            target.sendall(through(data))
    except ValueError as problem:
        _log.warning("a debugger was cut off, since what it says is not the protocol: %s", problem)
    except OSError:
        pass
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
