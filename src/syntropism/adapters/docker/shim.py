"""Runs first in a container, and becomes the agent: ``python3 -I -S -B shim.py PORT``.

Standard library only, and little of it: every window pays for its start. It opens the loopback
listener of the System Service and hands it to the worker over the control socket (so that no
relaying process lives inside), waits for the agent's environment and replaces itself by the
agent, whose exit code is therefore the window's. Where descriptors cannot cross (gVisor), a
small relay stays behind inside: ``shim.py PORT inside``. With ``debug`` the agent runs under
debugpy, whose port a bridge joins with the listener that comes with the environment; with ``wait``
its first line waits for an editor.

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
DEBUG_PORT = 5678


def main() -> int:
    """Everything, in order; returns only when the agent could not be started."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(f"{HERE}/control.sock")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen(64)
    words = sys.argv[2:]
    if "inside" in words:
        _relay_inside(listener)
        control.send(b"ready")
    else:
        socket.send_fds(control, [b"ready"], [listener.fileno()])
    listener.close()
    message, descriptors, _, _ = socket.recv_fds(control, MESSAGE_BYTES_MAX, 1)
    if not message:
        return EXIT_OURS
    environment = json.loads(message)
    os.umask(0o022)
    try:
        os.chdir(environment["WORKSPACE_PATH"])
    except OSError as error:
        control.send(f"agent its workspace is closed: {error.strerror}".encode())
        return EXIT_NOT_FOUND
    debugger: list[str] = []
    if "debug" in words:
        debugger = _debugger(descriptors[0], "wait" in words)
    return _become_agent(control, environment, debugger)


def _become_agent(control: socket.socket, environment: dict[str, str], debugger: list[str]) -> int:
    if os.path.isfile("run") and os.access("run", os.X_OK):
        program, arguments = "./run", ["./run"]
    elif os.path.isfile("main.py"):
        program, arguments = sys.executable, ["python3", *debugger, "main.py"]
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


def _debugger(listener: int, wait: bool) -> list[str]:
    """Starts the bridge, as nobody's child; what Python is told to run the agent under debugpy."""
    child = os.fork()
    if not child:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.set_inheritable(listener, True)
        bridge = [f"{HERE}/bridge.py", str(listener), str(DEBUG_PORT)]
        os.execv(sys.executable, ["python3", "-I", "-S", "-B", *bridge])
    os.waitpid(child, 0)
    os.close(listener)
    arguments = ["-Xfrozen_modules=off", "-m", "debugpy", "--listen", f"127.0.0.1:{DEBUG_PORT}"]
    return [*arguments, "--configure-subProcess", "False", *(["--wait-for-client"] if wait else [])]


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
