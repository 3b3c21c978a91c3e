"""Runs inside a debugged window: ``bridge.py DESCRIPTOR PORT``.

Standard library only. Accepts from the Unix listener ``DESCRIPTOR``, which leads to the worker, and
joins each connection with the debugger on the window's own loopback, once that listens.
"""

import contextlib
import socket
import sys
import threading
import time

START_SECONDS_MAX = 60.0
CHUNK_BYTES = 1 << 16


def main() -> None:
    """For as long as the window lives."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    while True:
        editor, _ = listener.accept()
        threading.Thread(target=_join, args=(editor, int(sys.argv[2])), daemon=True).start()


def _join(editor: socket.socket, port: int) -> None:
    with editor, contextlib.suppress(OSError), _debugger(port) as debugger:
        back = threading.Thread(target=_pump, args=(debugger, editor), daemon=True)
        back.start()
        _pump(editor, debugger)
        back.join()


def _debugger(port: int) -> socket.socket:
    until = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK_BYTES):
            target.sendall(data)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    main()
