"""Starting a window's first process and talking with the launcher inside."""

import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Final

from syntropism.adapters.process.output import CappedOutput
from syntropism.adapters.process.system_calls import as_descriptor
from syntropism.application.ports.sandbox import ProviderFailed

START_SECONDS_MAX: Final = 15.0
"""How long bubblewrap and the launcher may take on a busy host."""

REAP_SECONDS_MAX: Final = 5.0
_UCRED: Final = struct.Struct("3i")


class Launched:
    """A started enclosure whose launcher waits for ``go``.

    ``pid`` is the process we started; ``main`` the launcher's, which becomes the agent (as the
    host counts, also from within a PID namespace); ``listener`` its loopback listener, if any.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        output_bytes_max: int,
        filtered: bytes | None = None,
    ) -> None:
        """Starts ``command`` with the control socket's descriptor as a further argument.
        ``filtered`` is the filter of system calls that bubblewrap is to set.

        Raises:
            ProviderFailed: it did not come up.
        """
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.returncode: int | None = None
        self.cpu_ms = 0
        self.listener: socket.socket | None = None
        passed = [theirs.fileno()]
        program, *arguments = command
        if filtered is not None:
            passed.append(as_descriptor(filtered))
            arguments = ["--seccomp", str(passed[-1]), *arguments]
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [program, *arguments, f"control={theirs.fileno()}"],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env=dict(environment),
                    cwd="/",
                    pass_fds=passed,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:
            self._control.close()
            raise ProviderFailed(f"cannot start {program}: {error}") from error
        finally:
            for descriptor in passed[1:]:
                os.close(descriptor)
        assert self._process.stdout is not None
        self.pid = self._process.pid
        try:
            self.exited = os.pidfd_open(self.pid)
        except OSError as error:
            self._process.kill()
            self._process.communicate()
            self._control.close()
            raise ProviderFailed(f"cannot watch a process: {error.strerror}") from error
        self.output = CappedOutput(self._process.stdout.fileno(), output_bytes_max)
        self.output_descriptor = self._process.stdout.fileno()
        try:
            self.main = self._await_ready()
        except BaseException:
            self.kill()
            self.close()
            raise

    def _await_ready(self) -> int:
        self._control.settimeout(START_SECONDS_MAX)
        space = socket.CMSG_SPACE(4) + socket.CMSG_SPACE(_UCRED.size)
        try:
            message, ancillary, _, _ = self._control.recvmsg(512, space)
        except OSError:  # timed out
            message, ancillary = b"", []
        main = 0
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self.listener = socket.socket(fileno=struct.unpack("i", data[:4])[0])
            elif level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                main = _UCRED.unpack(data[: _UCRED.size])[0]
        if message != b"ready" or main <= 0:
            reason = self._ours(message)
            raise ProviderFailed(f"the sandbox did not start: {reason}")
        return main

    def _ours(self, message: bytes) -> str:
        if message.startswith(b"ours "):
            return message[5:].decode("utf-8", "replace")
        self.kill()
        self.output.drain()
        lines = self.output.text.strip().splitlines()
        return lines[-1][:300] if lines else "no answer from the launcher"

    def go(self, debugger: socket.socket | None = None) -> None:
        """Lets the launcher become the agent; under a debugger, which is reached by what
        ``debugger`` accepts."""
        try:
            socket.send_fds(self._control, [b"go"], [] if debugger is None else [debugger.fileno()])
        except OSError as error:
            raise ProviderFailed(f"the sandbox died while starting: {error.strerror}") from error

    def complaint(self) -> str:
        """Why the launcher could not become the agent (``agent …`` or ``ours …``); empty when
        it could. To be asked once everything has ended."""
        self._control.settimeout(0)
        try:
            return self._control.recv(512).decode("utf-8", "replace")
        except OSError:
            return ""

    def kill(self) -> None:
        """Kills the process we started and collects it."""
        if self.returncode is None:
            signal.pidfd_send_signal(self.exited, signal.SIGKILL)
        self.reap()

    def reap(self) -> None:
        """Collects the ended process: its exit code and what all it waited for has burnt.

        Raises:
            ProviderFailed: it does not end, not even killed (the host is in trouble).
        """
        until = time.monotonic() + REAP_SECONDS_MAX
        while self.returncode is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.returncode = code if code >= 0 else 128 - code
                self._process.returncode = code
                self.cpu_ms = int((usage.ru_utime + usage.ru_stime) * 1000)
            elif time.monotonic() > until:
                raise ProviderFailed(f"process {self.pid} cannot be killed")
            else:
                time.sleep(0.002)

    def close(self) -> None:
        """Closes every descriptor; the process must have ended."""
        self._control.close()
        os.close(self.exited)
        if self._process.stdout is not None:
            self._process.stdout.close()
        if self.listener is not None:
            self.listener.close()
