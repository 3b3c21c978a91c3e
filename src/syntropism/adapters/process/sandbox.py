"""The process sandbox: a window is a process tree on this host, enclosed where possible."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from syntropism.adapters.process.cgroups import find_cgroups
from syntropism.adapters.process.enclosures import SANDBOX_UID, Bare, Bubblewrap, Enclosure
from syntropism.adapters.process.furniture import Furniture
from syntropism.adapters.process.interpreter import find_interpreter
from syntropism.adapters.process.probing import (
    BubblewrapAbility,
    Host,
    find_bubblewrap,
    reachable_by,
    report,
)
from syntropism.adapters.process.procfs import start_ticks
from syntropism.adapters.process.run_folder import abandoned, remove_abandoned
from syntropism.adapters.process.window import NO_DEBUGPY, Identity, Window, find_debugpy
from syntropism.application.ports.relay import SocketRelay
from syntropism.application.ports.sandbox import (
    ProviderFailed,
    ProviderReport,
    WindowOutcome,
    WindowSpec,
)

TEMPORARY_BYTES_MAX: Final = 64 * 1024 * 1024


class ProcessSandbox:
    """Runs windows as processes: under bubblewrap when it works here, else bare.

    ``run_root`` keeps what windows need while they run; ``sdk_path`` is the SDK's file (or a
    folder of files) shown as ``/system``. ``use_bubblewrap``: required, refused, or (none)
    as the host allows. ``use_cgroups``: control groups where they can be written, for exact
    limits; without them processes are sampled. Safe to call from many threads; each window
    needs one for its time, and dies with that thread's process.
    """

    def __init__(
        self,
        run_root: Path,
        sdk_path: Path,
        relay: SocketRelay,
        use_bubblewrap: bool | None = None,
        use_cgroups: bool = True,
    ) -> None:
        self._run_root = run_root.absolute()
        self._sdk_path = sdk_path.absolute()
        self._relay = relay
        self._wanted = use_bubblewrap
        self._use_cgroups = use_cgroups
        self._lock = threading.Lock()
        self._prepared: tuple[Enclosure, Furniture] | None = None
        self._interpreter = find_interpreter()
        self._found: Host | None = None

    def run(self, spec: WindowSpec, cancelled: Callable[[], bool]) -> WindowOutcome:
        """Runs one window to its end; see the port."""
        enclosure = self._enclosure()
        try:
            identity = self._identity(enclosure, spec)
            window = Window(spec, enclosure, self._interpreter, identity, self._host().cgroups)
            return window.run(self._run_root, self._relay, cancelled)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ProviderFailed(f"cannot run a window below {self._run_root}: {reason}") from error

    def cleanup(self, older_than_seconds: float) -> int:
        """Kills the processes and removes the folders of workers that are gone."""
        removed = 0
        for path, document in abandoned(self._run_root, older_than_seconds):
            removed += _kill_recorded(document)
            remove_abandoned(path)
            removed += 1
        cgroups = self._host().cgroups
        return removed if cgroups is None else removed + cgroups.sweep()

    def probe(self) -> ProviderReport:
        """What is enforced here, found by trying it once."""
        return report(self._host(), self._wanted, os.geteuid() == 0)

    def undebuggable(self) -> str:
        """See the port."""
        ability = self._host().bubblewrap
        if ability.program is None:
            return f"a debugger is led into bubblewrap only, which does not work: {ability.reason}"
        return "" if find_debugpy() else NO_DEBUGPY

    def close(self) -> None:
        """Removes what all windows share. Nothing may be running."""
        with self._lock:
            if self._prepared is not None:
                self._prepared[1].close()
                self._prepared = None

    def _host(self) -> Host:
        with self._lock:
            if self._found is None:
                refused = BubblewrapAbility(None, "switched off")
                bubblewrap = refused if self._wanted is False else find_bubblewrap()
                self._found = Host(bubblewrap, find_cgroups() if self._use_cgroups else None)
            return self._found

    def _enclosure(self) -> Enclosure:
        ability = self._host().bubblewrap
        with self._lock:
            if self._prepared is None or not self._prepared[1].path.is_dir():
                self._prepared = self._prepare(ability)
            return self._prepared[0]

    def _prepare(self, ability: BubblewrapAbility) -> tuple[Enclosure, Furniture]:
        interpreter = self._interpreter
        if ability.program is None and self._wanted:
            raise ProviderFailed(f"bubblewrap is required but does not work: {ability.reason}")
        root = os.geteuid() == 0
        uid, gid = (SANDBOX_UID, SANDBOX_UID) if root else (os.geteuid(), os.getegid())
        furniture = Furniture(self._run_root, self._sdk_path, uid, gid)
        if ability.program is None:
            return Bare(interpreter, furniture), furniture
        enclosure = Bubblewrap(
            program=ability.program,
            interpreter=interpreter,
            furniture=furniture,
            root=root,
            nested_users_off=ability.nested_users_off,
            temporary_bytes_max=TEMPORARY_BYTES_MAX if ability.sized_tmpfs else None,
            filtered=ability.filtered,
        )
        return enclosure, furniture

    def _identity(self, enclosure: Enclosure, spec: WindowSpec) -> Identity:
        """Who the agent is: nobody in particular when the worker is root, else the worker."""
        if os.geteuid() != 0:
            return Identity(None)
        paths = (spec.workspace, self._run_root, self._interpreter.executable)
        if enclosure.isolated or all(reachable_by(SANDBOX_UID, path) for path in paths):
            return Identity((SANDBOX_UID, SANDBOX_UID))
        return Identity(None)


def _kill_recorded(document: Mapping[str, Any]) -> int:
    killed = 0
    for name, started in dict(document.get("processes", {})).items():
        if started is not None and start_ticks(int(name)) == started:
            with suppress(OSError):
                os.kill(int(name), signal.SIGKILL)
                killed += 1
    if killed:
        time.sleep(0.05)  # let the kernel take them down before their folders go
    return killed
