"""Runs first inside a sandbox, and becomes the agent: ``python -I -S launcher.py key=value …``.

Standard library only, and little of it: every window pays for its start. It opens the loopback
listener of the System Service and hands it to the worker over the control socket (so that no
relaying process lives inside), waits for ``go``, gives up privileges, sets the limits and
replaces itself by the agent, whose exit code is therefore the window's.

Keys: ``control`` (descriptor of the control socket), ``port`` (0: no listener), ``uid`` and
``gid`` (-1: stay), ``cwd``, ``python``, ``guard`` (1: no namespaces around us, so set
no-new-privileges and the parent-death signal here), ``parent``, ``debug`` (port of the debugger in
here; 0: none) and ``wait`` (1: for an editor), and one per limit of ``LIMITS``.

Messages to the worker: ``ready`` (with the listener, if any), then nothing when all went well,
``agent …`` when the agent cannot be started, ``ours …`` when we failed.
"""

import os
import resource
import signal
import socket
import sys

LIMITS = {
    "cpu": resource.RLIMIT_CPU,
    "data": resource.RLIMIT_DATA,
    "fsize": resource.RLIMIT_FSIZE,
    "nofile": resource.RLIMIT_NOFILE,
    "nproc": resource.RLIMIT_NPROC,
    "core": resource.RLIMIT_CORE,
}
EXIT_NOT_FOUND = 127
EXIT_NOT_EXECUTABLE = 126
EXIT_OURS = 125
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38


def main() -> int:
    """Everything, in order; returns only when the agent could not be started."""
    settings = dict(argument.split("=", 1) for argument in sys.argv[1:])
    control = socket.socket(fileno=int(settings["control"]))
    control.set_inheritable(False)
    try:
        _report_ready(control, int(settings["port"]))
        message, descriptors, _, _ = socket.recv_fds(control, 16, 1)
        if message != b"go":
            return EXIT_OURS
        _restrict(settings)
        debugger = _debugger(settings, descriptors[0]) if descriptors else []
    except (OSError, ValueError) as error:
        control.send(f"ours {error}".encode()[:500])
        return EXIT_OURS
    try:
        os.chdir(settings["cwd"])
    except OSError as error:
        control.send(f"agent its workspace is closed: {error.strerror}".encode())
        return EXIT_NOT_FOUND
    return _become_agent(control, settings["python"], debugger)


def _report_ready(control: socket.socket, port: int) -> None:
    if not port:
        control.send(b"ready")
        return
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
        socket.send_fds(control, [b"ready"], [listener.fileno()])


def _restrict(settings: dict[str, str]) -> None:
    uid, gid = int(settings["uid"]), int(settings["gid"])
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("500")  # when the host runs short, windows go before anything of ours
    except OSError:
        pass
    if uid >= 0:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    if settings["guard"] == "1":
        _guard(int(settings["parent"]))
    os.umask(0o022)
    for name, kind in LIMITS.items():
        if name in settings:
            _limit(kind, int(settings[name]), slack=1 if name == "cpu" else 0)


def _limit(kind: int, wanted: int, slack: int) -> None:
    """``slack``: how far the hard limit lies above (SIGXCPU first, SIGKILL a second later)."""
    hard = resource.getrlimit(kind)[1]
    top = wanted + slack if hard == resource.RLIM_INFINITY else min(wanted + slack, hard)
    resource.setrlimit(kind, (min(wanted, top), top))


def _guard(parent: int) -> None:
    import ctypes  # costs 10 ms, and bubblewrap does both for us

    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # the worker died before the signal was armed
        os.kill(os.getpid(), signal.SIGKILL)


def _debugger(settings: dict[str, str], listener: int) -> list[str]:
    """Starts the bridge, as nobody's child; what Python is told to run the agent under debugpy."""
    python, port = settings["python"], settings["debug"]
    child = os.fork()
    if not child:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.set_inheritable(listener, True)
        bridge = ["/run/syntropism/bridge.py", str(listener), port]
        os.execv(python, [python, "-I", "-S", "-B", *bridge])
    os.waitpid(child, 0)
    os.close(listener)
    arguments = ["-Xfrozen_modules=off", "-m", "debugpy", "--listen", f"127.0.0.1:{port}"]
    waiting = ["--wait-for-client"] if settings["wait"] == "1" else []
    return [*arguments, "--configure-subProcess", "False", *waiting]


def _become_agent(control: socket.socket, python: str, debugger: list[str]) -> int:
    if os.path.isfile("run") and os.access("run", os.X_OK):
        program, arguments = "./run", ["./run"]
    elif os.path.isfile("main.py"):
        program, arguments = python, [python, *debugger, "main.py"]
    else:
        control.send(b"agent there is no main.py and no executable run in the workspace")
        return EXIT_NOT_FOUND
    # Python ignores these two, and what is ignored stays ignored in the agent.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execve(program, arguments, os.environ)
    except OSError as error:
        control.send(f"agent {program} cannot be executed: {error.strerror}".encode()[:500])
    return EXIT_NOT_EXECUTABLE


if __name__ == "__main__":
    sys.exit(main())
