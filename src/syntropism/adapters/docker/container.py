"""One container, from its creation to its removal."""

import os
import select
import signal
import socket
import time
from contextlib import suppress
from typing import Any, Final

from attrs import frozen

from syntropism.adapters.docker.client import troubles
from syntropism.application.ports.sandbox import ProviderFailed

KILL_SECONDS_MAX: Final = 10.0
STATE_SECONDS_MAX: Final = 10.0


@frozen(slots=True)
class FinalState:
    """What the daemon tells about a container that has ended."""

    exit_code: int
    out_of_memory: bool
    error: str


class Container:
    """A container of ours. ``exited`` becomes readable when its first process has ended."""

    def __init__(self, client: Any, body: dict[str, Any]) -> None:
        """Creates it, without starting it.

        Raises:
            ProviderFailed: the daemon refuses.
        """
        self._client = client
        self._image = str(body["Image"])
        self._attached: Any = None
        self.exited = -1
        self.pid = 0
        with troubles("create a container", self._image):
            self.id: str = client.create_container_from_config(body)["Id"]

    def attach(self) -> socket.socket:
        """The connection on which everything it prints will come; to be asked before starting."""
        with troubles("attach to a container", self._image):
            parameters = {"stdout": 1, "stderr": 1, "stream": 1}
            self._attached = self._client.attach_socket(self.id, params=parameters)
        return self._connection()

    def _connection(self) -> socket.socket:
        connection: socket.socket = getattr(self._attached, "_sock", self._attached)
        return connection

    def start(self) -> None:
        """Starts it.

        Raises:
            ProviderFailed: the daemon refuses, or it is not on this machine.
        """
        with troubles("start a container", self._image):
            self._client.start(self.id)
            state = self._client.inspect_container(self.id)["State"]
        self.pid = int(state["Pid"])
        try:
            self.exited = os.pidfd_open(self.pid)
        except (OSError, ValueError):
            reason = state.get("Error") or "its first process cannot be seen from here"
            raise ProviderFailed(f"the sandbox did not start: {reason}") from None

    def terminate(self) -> None:
        """SIGTERM to the agent, by way of Docker's init."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kills all of it and returns when it has ended.

        Raises:
            ProviderFailed: it does not end.
        """
        if self.exited < 0:
            return
        self._signal(signal.SIGKILL)
        poll = select.poll()
        poll.register(self.exited, select.POLLIN)
        if not poll.poll(KILL_SECONDS_MAX * 1000):
            raise ProviderFailed(f"container {self.id[:12]} cannot be killed")

    def _signal(self, number: signal.Signals) -> None:
        try:
            signal.pidfd_send_signal(self.exited, number)
        except ProcessLookupError:
            return
        except OSError:  # not ours to signal: the daemon may
            with suppress(ProviderFailed), troubles("kill a container", self._image):
                self._client.kill(self.id, int(number))

    def final_state(self) -> FinalState:
        """How it ended; its first process must have.

        Raises:
            ProviderFailed: the daemon does not tell.
        """
        until = time.monotonic() + STATE_SECONDS_MAX
        with troubles("inspect a container", self._image):
            self._client.wait(self.id, timeout=STATE_SECONDS_MAX)
            while True:
                state = self._client.inspect_container(self.id)["State"]
                if not state["Running"] or time.monotonic() > until:
                    break
                time.sleep(0.01)
        return FinalState(int(state["ExitCode"]), bool(state["OOMKilled"]), str(state["Error"]))

    def remove(self) -> None:
        """Removes it, running or not, and lets go of what it held.

        Raises:
            ProviderFailed: the daemon does not.
        """
        if self._attached is not None:
            # Closing does not end it while the SDK's response holds it too, and a daemon that
            # has output left for us would wait for us instead of removing.
            with suppress(OSError):
                self._connection().shutdown(socket.SHUT_RDWR)
            with suppress(OSError):
                self._attached.close()
        if self.exited >= 0:
            os.close(self.exited)
            self.exited = -1
        remove(self._client, self.id, self._image)


def remove(client: Any, container_id: str, image: str) -> bool:
    """Removes a container, running or not; false if it was gone already."""
    import docker

    with troubles("remove a container", image):
        try:
            client.remove_container(container_id, v=True, force=True)
        except docker.errors.NotFound:
            return False
        except docker.errors.APIError as error:
            if error.status_code != 409:  # somebody else is removing it
                raise
            return False
    return True
