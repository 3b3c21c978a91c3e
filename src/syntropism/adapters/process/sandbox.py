"""The process sandbox: a window is a process tree on this host, enclosed where possible."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from syntropism.adapters.process.enclosures import SANDBOX_UID, Bare, Bubblewrap, Enclosure
from syntropism.adapters.process.furniture import Furniture
from syntropism.adapters.process.interpreter import Interpreter, find_interpreter
from syntropism.adapters.process.probing import (
    BubblewrapAbility,
    find_bubblewrap,
    reachable_by,
    report,
)
from syntropism.adapters.process.procfs import start_ticks
from syntropism.adapters.process.run_folder import abandoned
from syntropism.adapters.process.window import Identity, Window
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
    as the host allows. Safe to call from many threads; each window needs one for its time,
    and dies with that thread's process.
    """

    def __init__(
        self,
        run_root: Path,
        sdk_path: Path,
        relay: SocketRelay,
        use_bubblewrap: bool | None = None,
    ) -> None:
        self._run_root = run_root.absolute()
        self._sdk_path = sdk_path.absolute()
        self._relay = relay
        self._wanted = use_bubblewrap
        self._lock = threading.Lock()
        self._prepared: tuple[Enclosure, Furniture] | None = None
        self._interpreter = find_interpreter()
        self._ability: BubblewrapAbility | None = None

    def run(self, spec: WindowSpec, cancelled: Callable[[], bool]) -> WindowOutcome:
        """Runs one window to its end; see the port."""
        enclosure = self._enclosure()
        try:
            window = Window(spec, enclosure, self._interpreter, self._identity(enclosure, spec))
            return window.run(self._run_root, self._relay, cancelled)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ProviderFailed(f"cannot run a window below {self._run_root}: {reason}") from error

    def cleanup(self, older_than_seconds: float) -> int:
        """Kills the processes and removes the folders of workers that are gone."""
        removed = 0
        for path, document in abandoned(self._run_root, older_than_seconds):
            removed += _kill_recorded(document)
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
        return removed

    def probe(self) -> ProviderReport:
        """What is enforced here, found by running bubblewrap once."""
        return report(self._bubblewrap(), self._wanted, os.geteuid() == 0)

    def close(self) -> None:
        """Removes what all windows share. Nothing may be running."""
        with self._lock:
            if self._prepared is not None:
                self._prepared[1].close()
                self._prepared = None

    def _bubblewrap(self) -> BubblewrapAbility:
        if self._wanted is False:
            return BubblewrapAbility(None, "switched off")
        if self._ability is None:
            self._ability = find_bubblewrap()
        return self._ability

    def _enclosure(self) -> Enclosure:
        with self._lock:
            if self._prepared is None or not self._prepared[1].path.is_dir():
                self._prepared = self._prepare(self._interpreter)
            return self._prepared[0]

    def _prepare(self, interpreter: Interpreter) -> tuple[Enclosure, Furniture]:
        ability = self._bubblewrap()
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
