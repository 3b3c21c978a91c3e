"""Runs first in a container, and becomes the agent: ``python3 -I -S -B shim.py PORT``.

Standard library only, and little of it: every window pays for its start. It opens the loopback
listener of the System Service and hands it to the worker over the control socket (so that no
relaying process lives inside), waits for the agent's environment and replaces itself by the
agent, whose exit code is therefore the window's. Where descriptors cannot cross (gVisor), a
small relay stays behind inside: ``shim.py PORT inside``.

Messages to the worker: ``ready`` (with the listener, if it can cross), then nothing when all
went well, ``agent …`` when the agent cannot be started. From the worker: the environment as JSON.
"""

import json
import os
import signal
import socket
import sys

HERE = "/run/syntropism"
EXIT_NOT_FOUND = 127
EXIT_NOT_EXECUTABLE = 126
EXIT_OURS = 125
MESSAGE_BYTES_MAX = 128 * 1024


def main() -> int:
    """Everything, in order; returns only when the agent could not be started."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(f"{HERE}/control.sock")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen(64)
    if sys.argv[2:] == ["inside"]:
        _relay_inside(listener)
        control.send(b"ready")
    else:
        socket.send_fds(control, [b"ready"], [listener.fileno()])
    listener.close()
    message = control.recv(MESSAGE_BYTES_MAX)
    if not message:
        return EXIT_OURS
    environment = json.loads(message)
    os.umask(0o022)
    try:
        os.chdir(environment["WORKSPACE_PATH"])
    except OSError as error:
        control.send(f"agent its workspace is closed: {error.strerror}".encode())
        return EXIT_NOT_FOUND
    return _become_agent(control, environment)


def _become_agent(control: socket.socket, environment: dict[str, str]) -> int:
    if os.path.isfile("run") and os.access("run", os.X_OK):
        program, arguments = "./run", ["./run"]
    elif os.path.isfile("main.py"):
        program, arguments = sys.executable, ["python3", "main.py"]
    else:
        control.send(b"agent there is no main.py and no executable run in the workspace")
        return EXIT_NOT_FOUND
    # Python ignores these two, and what is ignored stays ignored in the agent.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execve(program, arguments, environment)
    except OSError as error:
        control.send(f"agent {program} cannot be executed: {error.strerror}".encode()[:500])
    return EXIT_NOT_EXECUTABLE


def _relay_inside(listener: socket.socket) -> None:
    """Leaves a process behind that relays ``listener`` to the service's socket."""
    if os.fork():
        return
    import selectors  # only here: it costs a few milliseconds

    os.setsid()
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    peers: dict[socket.socket, socket.socket] = {}
    while True:
        for key, _ in selector.select():
            side = key.fileobj
            assert isinstance(side, socket.socket)
            if side is listener:
                client, _ = listener.accept()
                service = socket.socket(socket.AF_UNIX)
                service.connect(f"{HERE}/service.sock")
                for one, other in ((client, service), (service, client)):
                    peers[one] = other
                    selector.register(one, selectors.EVENT_READ)
            elif side in peers:
                try:
                    data = side.recv(1 << 16)
                    peers[side].sendall(data)
                except OSError:
                    data = b""
                if not data:
                    for one in (side, peers[side]):
                        selector.unregister(one)
                        del peers[one]
                        one.close()


if __name__ == "__main__":
    sys.exit(main())
