"""One window, from its run folder to its outcome."""

import os
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from attrs import frozen

from syntropism.adapters.process.cgroups import CgroupMeter, CgroupRoot
from syntropism.adapters.process.enclosures import Bubblewrap, Enclosure, Layout
from syntropism.adapters.process.groups import Group, NamespaceGroup, TreeGroup
from syntropism.adapters.process.interpreter import Interpreter
from syntropism.adapters.process.launching import Launched
from syntropism.adapters.process.meters import Meter, SampledMeter
from syntropism.adapters.process.procfs import read_process
from syntropism.adapters.process.run_folder import (
    RunFolder,
    place_copy,
    record_processes,
    run_folder,
)
from syntropism.adapters.process.supervisor import Supervisor
from syntropism.adapters.process.workspace_usage import measure, open_up
from syntropism.application.ports.relay import SocketRelay
from syntropism.application.ports.sandbox import ProviderFailed, WindowOutcome, WindowSpec
from syntropism.application.ports.window_files import WorkspaceUsage
from syntropism.application.verdicts import Limits, Verdict, judge, limits_of, workspace_excess

MARKER: Final = "SANDBOX_WINDOW"
"""Variable that marks every process of a window, by the name of its run folder, which is unique
on the host; the system's own, not for agents to rely on."""

DATA_HEADROOM_BYTES: Final = 1 << 30
"""Private memory a process may map beyond the limit before the kernel refuses (RLIMIT_DATA):
far enough for runtimes that map much and touch little; the true limit is on what is touched."""

OPEN_FILES_MAX: Final = 256
DEBUGGER: Final = "/run/syntropism/debugger"
DEBUG_PORT: Final = 5678
"""Where the debugger listens, on the window's own loopback."""

NO_DEBUGPY: Final = "debugging needs its extra: pip install 'syntropism[debug]'"

PROCESSES_BACKSTOP: Final = 4096
"""RLIMIT_NPROC counts per user: where windows share one, it can only stop the absurd."""


@frozen(slots=True)
class Identity:
    """Uid and gid that the launcher changes to; none: it stays what the worker is."""

    owner: tuple[int, int] | None

    def take(self, path: Path) -> None:
        """Hands ``path`` to the agent."""
        if self.owner is not None:
            os.chown(path, *self.owner)


class Window:
    """One attempt of one execution."""

    def __init__(
        self,
        spec: WindowSpec,
        enclosure: Enclosure,
        interpreter: Interpreter,
        identity: Identity,
        cgroups: CgroupRoot | None,
    ) -> None:
        self._spec = spec
        self._enclosure = enclosure
        self._interpreter = interpreter
        self._identity = identity
        self._cgroups = cgroups
        self._limits = limits_of(spec)
        self._debugger: socket.socket | None = None
        self._before = WorkspaceUsage(0, 0)
        self._temporary: Path | None = None

    def run(
        self, run_root: Path, relay: SocketRelay, cancelled: Callable[[], bool]
    ) -> WindowOutcome:
        """Runs it.

        Raises:
            ProviderFailed: a fault of ours; nothing of the agent runs any more.
            OSError: the host refused us something; likewise.
        """
        spec = self._spec
        name = f"{spec.execution_id}-{spec.attempt}"[:80].replace(os.sep, "_")
        if not open_up(spec.workspace):
            raise ProviderFailed(f"workspace {spec.workspace} is not there")
        with run_folder(run_root, name, self._identity.take) as folder:
            layout, listener = self._enclosure.layout(folder, spec.workspace)
            self._temporary = folder.temporary if layout.temporary_on_disk else None
            service = f"{layout.service}/api/v1"
            content = folder.write_env({**spec.env_document, "system_service_url": service})
            place_copy(spec.workspace, content, self._identity.owner)
            self._before = self._usage()
            with ExitStack() as stack:
                opened = relay.open(folder.socket, spec.service_address, self._hand_socket)
                door = stack.enter_context(opened)
                if spec.debug is not None:
                    self._debugger = stack.enter_context(spec.debug.relay.lead(folder.debug))
                if listener is not None:
                    door.admit(listener)
                launched = self._launch(folder, layout, service)
                try:
                    if launched.listener is not None:
                        door.admit(launched.listener)
                        launched.listener = None
                    return self._supervise(launched, folder, cancelled)
                finally:
                    launched.kill()
                    launched.close()

    def _hand_socket(self, path: Path) -> None:
        path.chmod(0o600)
        self._identity.take(path)

    def _launch(self, folder: RunFolder, layout: Layout, service: str) -> Launched:
        spec = self._spec
        python = str(self._interpreter.executable)
        environment = {
            "PATH": f"{Path(python).parent}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            **spec.environment,
            "HOME": layout.workspace,
            "TMPDIR": layout.temporary,
            "PYTHONPATH": ":".join([layout.system, *([DEBUGGER] if spec.debug else [])]),
            "WORKSPACE_PATH": layout.workspace,
            "ENV_JSON_PATH": layout.env_json,
            "SYSTEM_SERVICE_URL": service,
            "SYSTEM_SERVICE_SOCKET": layout.socket,
            "OPENAI_BASE_URL": f"{service}/llm/v1",
            "MCP_URL": f"{service}/mcp",
            MARKER: folder.path.name,
        }
        uid, gid = self._identity.owner or (-1, -1)
        settings = {
            "port": layout.port,
            "uid": uid,
            "gid": gid,
            "cwd": layout.workspace,
            "python": python,
            "guard": 0 if self._enclosure.isolated else 1,
            "parent": os.getpid(),
            "cpu": -(-self._limits.cpu_ms // 1000) + 1,
            "data": self._limits.memory_bytes + DATA_HEADROOM_BYTES,
            "fsize": spec.workspace_bytes_max,
            "nofile": OPEN_FILES_MAX,
            "nproc": self._processes_limit(),
            "core": 0,
        }
        if spec.debug is not None:
            settings |= {"debug": DEBUG_PORT, "wait": int(spec.debug.wait)}
        command = self._enclosure.command(folder, spec.workspace, self._shown(folder))
        command += [f"{key}={value}" for key, value in settings.items()]
        return Launched(command, environment, spec.output_bytes_max, self._enclosure.filtered)

    def _shown(self, folder: RunFolder) -> list[tuple[Path, str]]:
        """What a debugged agent sees beside."""
        if self._spec.debug is None:
            return []
        found = find_debugpy()
        if found is None:
            raise ProviderFailed(NO_DEBUGPY)
        bridge = folder.place(self._spec.debug.bridge)
        return [(found, f"{DEBUGGER}/debugpy"), (bridge, f"/run/syntropism/{bridge.name}")]

    def _processes_limit(self) -> int:
        # A user namespace of the window's own counts on its own (+ bubblewrap's reaper).
        if self._enclosure.isolated and self._identity.owner is None:
            return self._limits.processes + 1
        return PROCESSES_BACKSTOP

    def _supervise(
        self, launched: Launched, folder: RunFolder, cancelled: Callable[[], bool]
    ) -> WindowOutcome:
        group = self._group(launched, folder)
        try:
            record_processes(folder.path, launched.pid, group.init, launched.main)
            meter = self._meter(launched, group)
            try:
                return self._watch(launched, group, meter, cancelled)
            finally:
                group.kill()
                meter.close()
        finally:
            group.close()

    def _group(self, launched: Launched, folder: RunFolder) -> Group:
        if not isinstance(self._enclosure, Bubblewrap):
            return TreeGroup(launched, f"{MARKER}={folder.path.name}".encode())
        in_memory = self._enclosure.temporary_bytes_max is not None
        return NamespaceGroup(launched, in_memory, hold=self._cgroups is None)

    def _meter(self, launched: Launched, group: Group) -> Meter:
        if self._cgroups is not None:
            cgroup = self._cgroups.make(self._limits.memory_bytes, self._limits.processes)
            try:
                cgroup.enter(launched.main)
            except BaseException:
                cgroup.remove()
                raise
            return CgroupMeter(cgroup)
        launcher = read_process(launched.main)
        baseline = 0 if launcher is None else launcher.cpu_own_ms
        return SampledMeter(group.members, baseline, group.temporary_bytes)

    def _watch(
        self, launched: Launched, group: Group, meter: Meter, cancelled: Callable[[], bool]
    ) -> WindowOutcome:
        overhead_ms = _overhead_ms(launched, group)
        limits = self._limits
        supervisor = Supervisor(launched, group, meter, limits, self._excess, self._spec.sampled)
        started = time.monotonic()
        launched.go(self._debugger)
        verdict = supervisor.watch(cancelled)
        wall_ms = int((time.monotonic() - started) * 1000)
        supervisor.measure()
        if verdict is None:
            group.release()
            launched.reap()
        group.kill()
        launched.kill()
        launched.output.drain()
        cpu_ms = supervisor.peaks.cpu_ms
        if self._cgroups is None:  # what the kernel tells at the end may know more than samples
            cpu_ms = max(cpu_ms, launched.cpu_ms - overhead_ms)
        exit_code = launched.returncode
        if verdict is None:
            verdict = self._judge(launched, limits, meter, cpu_ms)
        used = self._usage()
        return WindowOutcome(
            termination=verdict.termination,
            exit_code=exit_code,
            cpu_ms=max(0, cpu_ms),
            memory_peak_bytes=supervisor.peaks.memory_bytes,
            wall_ms=wall_ms,
            workspace_bytes=used.size,
            workspace_files=used.files,
            log=launched.output.text,
            log_truncated=launched.output.truncated,
            detail=verdict.detail,
        )

    def _judge(self, launched: Launched, limits: Limits, meter: Meter, cpu_ms: int) -> Verdict:
        complaint = launched.complaint()
        if complaint.startswith("ours "):
            raise ProviderFailed(f"the sandbox did not start: {complaint[5:]}")
        assert launched.returncode is not None
        reason = complaint.removeprefix("agent ")
        return judge(launched.returncode, reason, limits, meter.out_of_memory(), cpu_ms)

    def _usage(self) -> WorkspaceUsage:
        return measure(self._spec.workspace, self._spec.workspace_files_max)

    def _excess(self) -> str:
        """Why the workspace, or what lies in the temporary folder, is too large now; empty if it
        is not."""
        spec = self._spec
        if excess := workspace_excess(spec, self._before, self._usage()):
            return excess
        if self._temporary is not None:
            used = measure(self._temporary, spec.workspace_files_max)
            if used.size > spec.workspace_bytes_max or used.files > spec.workspace_files_max:
                return "kept more temporary files than its workspace may hold"
        return ""


def find_debugpy() -> Path | None:
    """The folder of debugpy, of the Python that runs us; none if it is not installed."""
    found = find_spec("debugpy")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]).resolve()


def _overhead_ms(launched: Launched, group: Group) -> int:
    """CPU that bubblewrap and the launcher have burnt so far: ours, not the agent's."""
    samples = (read_process(pid) for pid in {launched.pid, group.init, launched.main})
    return sum(sample.cpu_own_ms for sample in samples if sample is not None)
