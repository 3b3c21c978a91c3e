"""The filter of system calls: what it refuses, and that ordinary programs do not notice it."""

import ctypes
import ctypes.util
import subprocess
import sys

import pytest

from syntropism.adapters.process import system_calls
from syntropism.adapters.process.probing import find_bubblewrap
from syntropism.adapters.process.system_calls import as_descriptor, system_call_filter


@pytest.fixture
def bubblewrap():
    ability = find_bubblewrap()
    if ability.program is None or ability.filtered is None:
        pytest.skip("bubblewrap and libseccomp are needed")
    return ability


def run(ability, program):
    descriptor = as_descriptor(ability.filtered)
    command = [ability.program, "--seccomp", str(descriptor), "--dev-bind", "/", "/"]
    return subprocess.run(
        [*command, "--", sys.executable, "-c", program],
        pass_fds=(descriptor,),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_threads_processes_and_sockets_work_as_ever(bubblewrap):
    program = """
import asyncio, socket, subprocess, sys, threading
told = []
thread = threading.Thread(target=told.append, args=(1,)); thread.start(); thread.join()
told.append(subprocess.run([sys.executable, "-c", "print(2)"], capture_output=True).returncode)
told.append(asyncio.run(asyncio.sleep(0, 3)))
socket.socketpair()
print(told)
"""
    done = run(bubblewrap, program)
    assert done.stdout == "[1, 0, 3]\n", done.stderr


def test_typing_into_the_terminal_is_refused(bubblewrap):
    done = run(
        bubblewrap,
        "import fcntl, pty\n"
        "_, terminal = pty.openpty()\n"
        "try: fcntl.ioctl(terminal, 0x5412, b'x')\n"
        "except PermissionError: print('refused')\n",
    )
    assert done.stdout == "refused\n", done.stderr


def test_a_new_namespace_is_refused_by_either_call(bubblewrap):
    done = run(
        bubblewrap,
        "import ctypes, errno\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "libc.unshare(0x10000000); print(ctypes.get_errno() == errno.EPERM)\n"
        "libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0); print(ctypes.get_errno() == errno.EPERM)\n",
    )
    assert done.stdout == "True\nTrue\n", done.stderr


def test_without_the_library_there_is_no_filter(monkeypatch):
    monkeypatch.setattr(ctypes.util, "find_library", lambda _name: "no-such-library.so")
    assert system_call_filter() is None


def test_every_refused_call_is_known_by_its_name():
    library = system_calls._library()
    if library is None:
        pytest.skip("libseccomp is needed")
    known = [library.seccomp_syscall_resolve_name(name.encode()) for name in system_calls.REFUSED]
    assert all(number != -1 for number in known), "a misspelt call would not be refused"
