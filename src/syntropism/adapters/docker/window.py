"""One window, from its run folder to its outcome."""

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from syntropism.adapters.docker.cgroup import ContainerMeter
from syntropism.adapters.docker.container import Container, FinalState
from syntropism.adapters.docker.control import Control
from syntropism.adapters.docker.flags import container, labels_of, variables
from syntropism.adapters.docker.options import ISOLATED, DockerOptions
from syntropism.adapters.docker.run_folder import RunFolder, run_folder
from syntropism.adapters.docker.stream import AttachedOutput
from syntropism.adapters.docker.supervisor import Supervisor
from syntropism.adapters.docker.surroundings import NOTHING, Surroundings, isolated
from syntropism.application.ports.relay import RelayDoor, SocketRelay
from syntropism.application.ports.sandbox import (
    ProviderFailed,
    Termination,
    WindowOutcome,
    WindowSpec,
)
from syntropism.application.ports.window_files import WindowFiles, WorkspaceUsage
from syntropism.application.verdicts import (
    CHILD_STARVED,
    Limits,
    Verdict,
    judge,
    limits_of,
    workspace_excess,
)

OUTPUT_END_SECONDS_MAX: Final = 2.0
"""How long the last output may take from the daemon to us once the container has ended."""

_SIGKILLED: Final = 137


@define(slots=True, kw_only=True)
class Window:
    """One attempt of one execution. ``user`` is the agent's uid and gid; ``chown`` says whether
    things must be handed to it."""

    spec: WindowSpec
    options: DockerOptions
    files: WindowFiles
    system: Path
    user: tuple[int, int]
    chown: bool
    labels: Mapping[str, str]
    _before: WorkspaceUsage = field(init=False, default=WorkspaceUsage(0, 0))
    _service: Path = field(init=False, factory=Path)
    _debugger: socket.socket | None = field(init=False, default=None)

    def run(
        self, client: Any, run_root: Path, relay: SocketRelay, cancelled: Callable[[], bool]
    ) -> WindowOutcome:
        """Runs it.

        Raises:
            ProviderFailed: a fault of ours; nothing of the agent runs any more.
            OSError: the host refused us something; likewise.
        """
        spec = self.spec
        if not self.files.open_up(spec.workspace):
            raise ProviderFailed(f"workspace {spec.workspace} is not there")
        with ExitStack() as stack:
            folder = stack.enter_context(run_folder(run_root))
            control = Control(folder.control, self._hand)
            stack.callback(control.close)
            opened = relay.open(folder.service, spec.service_address, self._hand_socket)
            door = stack.enter_context(opened)
            around = stack.enter_context(self._surroundings(client, folder, relay))
            document = {**spec.env_document, "system_service_url": around.service}
            content = folder.write_env(document)
            self.files.place_copy(spec.workspace, content, self.user if self.chown else None)
            self._before = self._usage()
            self._service = folder.service
            if spec.debug is not None:
                folder.place(spec.debug.bridge)
                self._debugger = stack.enter_context(spec.debug.relay.lead(folder.debug))
            return self._contain(client, folder, control, door, around, cancelled)

    def _surroundings(
        self, client: Any, folder: RunFolder, relay: SocketRelay
    ) -> AbstractContextManager[Surroundings]:
        if self.options.network != ISOLATED:
            return nullcontext(NOTHING)
        labels = labels_of(self.spec, self.labels)
        return isolated(client, self.options, folder, self.user, labels, relay, self._hand_socket)

    def _hand_socket(self, path: Path) -> None:
        path.chmod(0o600)
        self._hand(path)

    def _hand(self, path: Path) -> None:
        if self.chown:
            os.chown(path, *self.user)

    def _contain(
        self,
        client: Any,
        folder: RunFolder,
        control: Control,
        door: RelayDoor,
        around: Surroundings,
        cancelled: Callable[[], bool],
    ) -> WindowOutcome:
        places = (folder.path, self.system)
        body = container(self.spec, self.options, *places, self.user, self.labels, spot=around.spot)
        box = Container(client, body)
        fault: ProviderFailed | None = None
        try:
            output = AttachedOutput(box.attach(), self.spec.output_bytes_max)
            box.start()
            meter = ContainerMeter(box.pid)
            try:
                if not control.await_ready(box.exited):
                    raise ProviderFailed(self._still_born(box, output))
                if control.listener is not None:
                    door.admit(control.listener)
                    control.listener = None
                around.await_ready()
                return self._watch(box, output, meter, control, around, cancelled)
            finally:
                meter.close()
        except ProviderFailed as failed:
            fault = failed
            raise
        finally:
            try:
                _end(box)
            except ProviderFailed:
                if fault is None:  # else what came first is what is told
                    raise

    def _watch(
        self,
        box: Container,
        output: AttachedOutput,
        meter: ContainerMeter,
        control: Control,
        around: Surroundings,
        cancelled: Callable[[], bool],
    ) -> WindowOutcome:
        spec = self.spec
        limits = limits_of(spec)
        supervisor = Supervisor(
            box, control.agent, output, meter, limits, self._excess, spec.sampled
        )
        started = time.monotonic()
        control.go(variables(spec, around.service, around.nats), self._debugger)
        verdict = supervisor.watch(cancelled)
        wall_ms = int((time.monotonic() - started) * 1000)
        cpu_ms = supervisor.cpu_ms
        box.kill()
        cpu_ms = max(cpu_ms, supervisor.cpu_ms)
        _drain(output)  # first: the daemon tells of no end while its last output waits for us
        state = box.final_state()
        if verdict is None:
            verdict = self._judge(state, meter, limits, control.complaint(), cpu_ms)
        used = self._usage()
        return WindowOutcome(
            termination=verdict.termination,
            exit_code=state.exit_code,
            cpu_ms=cpu_ms,
            memory_peak_bytes=meter.sample().memory_peak_bytes,
            wall_ms=wall_ms,
            workspace_bytes=used.size,
            workspace_files=used.files,
            log=output.text,
            log_truncated=output.truncated,
            detail=verdict.detail,
        )

    def _judge(
        self, state: FinalState, meter: ContainerMeter, limits: Limits, complaint: str, cpu_ms: int
    ) -> Verdict:
        """The daemon says that something ran out of memory, not what: the agent itself when it
        was killed, else a child of it (``judge`` says so of a window that completed)."""
        starved = state.out_of_memory or meter.sample().out_of_memory > 0
        itself = starved and state.exit_code in (0, _SIGKILLED)
        verdict = judge(state.exit_code, complaint, limits, itself, cpu_ms)
        if starved and verdict.termination is Termination.FAILED:
            return Verdict(Termination.FAILED, f"{verdict.detail}; {CHILD_STARVED}")
        return verdict

    def _still_born(self, box: Container, output: AttachedOutput) -> str:
        state = box.final_state()
        _drain(output)
        lines = output.text.strip().splitlines()
        reason = state.error or (lines[-1][:300] if lines else f"exit code {state.exit_code}")
        return f"the sandbox did not start: {reason}"

    def _usage(self) -> WorkspaceUsage:
        return self.files.measure(self.spec.workspace, self.spec.workspace_files_max)

    def _excess(self) -> str:
        """Why the workspace is too large now; empty if it is not.

        Raises:
            ProviderFailed: somebody took the socket of the System Service away.
        """
        if not self._service.exists():
            raise ProviderFailed(f"the service socket {self._service} was removed in mid-window")
        return workspace_excess(self.spec, self._before, self._usage())


def _end(box: Container) -> None:
    try:
        box.kill()
    finally:
        box.remove()


def _drain(output: AttachedOutput) -> None:
    until = time.monotonic() + OUTPUT_END_SECONDS_MAX
    output.drain()
    while not output.ended and time.monotonic() < until:
        time.sleep(0.005)
        output.drain()
