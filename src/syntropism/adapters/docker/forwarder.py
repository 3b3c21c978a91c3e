"""Runs in the gateway of an isolated network: ``forwarder.py CONTROL PORT=SOCKET …``.

Standard library only. What connects to ``PORT`` is forwarded to the Unix socket ``SOCKET``, and to
nothing else: no byte of it is understood, so nothing in it can name another target. It says
``ready`` to the worker over the socket ``CONTROL`` and ends when the worker closes that.
"""

import contextlib
import socket
import sys
import threading
import time

CONNECTIONS_MAX = 48
"""At once; further ones wait in the queue. Each takes two threads."""

CHUNK_BYTES = 1 << 16


def main() -> int:
    """Forwards until the worker has gone."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(sys.argv[1])
    threading.stack_size(256 * 1024)
    places = threading.BoundedSemaphore(CONNECTIONS_MAX)
    for argument in sys.argv[2:]:
        port, _, path = argument.partition("=")
        listener = socket.create_server(("0.0.0.0", int(port)), backlog=64)
        threading.Thread(target=_serve, args=(listener, path, places), daemon=True).start()
    control.send(b"ready")
    control.recv(1)
    return 0


def _serve(listener: socket.socket, path: str, places: threading.BoundedSemaphore) -> None:
    while True:
        places.acquire()
        try:
            client, _ = listener.accept()
        except OSError:
            places.release()
            time.sleep(0.05)
            continue
        threading.Thread(target=_forward, args=(client, path, places), daemon=True).start()


def _forward(client: socket.socket, path: str, places: threading.BoundedSemaphore) -> None:
    try:
        with client, socket.socket(socket.AF_UNIX) as target:
            target.connect(path)
            back = threading.Thread(target=_pump, args=(target, client), daemon=True)
            back.start()
            _pump(client, target)
            back.join()
    except (OSError, RuntimeError):
        pass  # the target is not there, or no thread is to be had: the client sees the end
    finally:
        places.release()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(CHUNK_BYTES):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    sys.exit(main())
