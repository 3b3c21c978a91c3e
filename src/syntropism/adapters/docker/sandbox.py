"""The Docker sandbox: a window is a hardened container with no network but one socket, or
with one of its own that leads nowhere but to a gateway."""

import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from syntropism.adapters.docker.client import connect, troubles
from syntropism.adapters.docker.container import remove
from syntropism.adapters.docker.networks import created, remove_network
from syntropism.adapters.docker.options import LABEL_EXTRAS, SANDBOX_UID, DockerOptions
from syntropism.adapters.docker.probing import report
from syntropism.adapters.docker.run_folder import abandoned, place_sdk
from syntropism.adapters.docker.window import Window
from syntropism.adapters.docker.workers import LABEL, LABEL_SANDBOX, LABEL_WORKER, gone, this_worker
from syntropism.application.ports.relay import SocketRelay
from syntropism.application.ports.sandbox import (
    ProviderFailed,
    ProviderReport,
    WindowOutcome,
    WindowSpec,
)
from syntropism.application.ports.window_files import WindowFiles


class DockerSandbox:
    """Runs windows as containers of the daemon on this machine.

    ``run_root`` keeps what windows need while they run; ``sdk_path`` is the SDK's file (or a
    folder of files) shown as ``/system``. The daemon is asked only when it is needed. Agents
    are the worker's own uid when that is not root, else ``SANDBOX_UID``. Safe to call from many
    threads; each window needs one for its time.
    """

    def __init__(
        self,
        run_root: Path,
        sdk_path: Path,
        relay: SocketRelay,
        files: WindowFiles,
        options: DockerOptions | None = None,
    ) -> None:
        self._run_root = run_root.absolute()
        self._sdk_path = sdk_path.absolute()
        self._relay = relay
        self._files = files
        self._options = options or DockerOptions()
        self._lock = threading.Lock()
        self._client: Any = None
        self._system: Path | None = None
        self._name = uuid.uuid4().hex
        self._running: set[str] = set()
        self._untidy = False

    def run(self, spec: WindowSpec, cancelled: Callable[[], bool]) -> WindowOutcome:
        """Runs one window to its end; see the port."""
        root = os.geteuid() == 0
        name = uuid.uuid4().hex
        self._running.add(name)
        try:
            if self._untidy:
                self._sweep(0)
                self._untidy = False
            window = Window(
                spec=spec,
                options=self._options,
                files=self._files,
                system=self._prepared(),
                user=(SANDBOX_UID, SANDBOX_UID) if root else (os.geteuid(), os.getegid()),
                chown=root,
                labels={LABEL: name, LABEL_WORKER: this_worker(), LABEL_SANDBOX: self._name},
            )
            return window.run(self._connected(), self._run_root, self._relay, cancelled)
        except ProviderFailed:
            self._untidy = True  # it may have left its container with a daemon in trouble
            raise
        except OSError as error:
            reason = error.strerror or str(error)
            raise ProviderFailed(f"cannot run a window below {self._run_root}: {reason}") from error
        finally:
            self._running.discard(name)

    def cleanup(self, older_than_seconds: float) -> int:
        """Removes containers, networks and folders of workers that are gone; what the daemon
        keeps while it does not answer is left for the next time."""
        removed = 0
        with suppress(ProviderFailed):
            removed = self._sweep(older_than_seconds)
        for path in abandoned(self._run_root, older_than_seconds):
            self._files.remove(path)
            removed += 1
        return removed

    def _sweep(self, older_than_seconds: float) -> int:
        client, removed = self._connected(), 0
        until = time.time() - older_than_seconds
        ours = {"label": LABEL}
        with troubles("list containers and networks", self._options.image):
            found = client.containers(all=True, filters=ours)
            networks = client.networks(filters=ours)
        for one in found:
            if one["Created"] <= until and self._left_over(one["Labels"]):
                removed += remove(client, one["Id"], self._options.image)
        for one in networks:
            if created(one) <= until and self._left_over(one["Labels"]):
                removed += remove_network(client, one["Id"])
        return removed

    def _left_over(self, labels: Mapping[str, str]) -> bool:
        """Its worker is gone; or it is ours, and its window has ended."""
        if labels.get(LABEL_SANDBOX) == self._name:
            return labels[LABEL] not in self._running
        return gone(labels.get(LABEL_WORKER, ""))

    def probe(self) -> ProviderReport:
        """Whether the daemon answers and has the image, and what is enforced there."""
        try:
            return report(self._connected(), self._options)
        except ProviderFailed as problem:
            return ProviderReport(name="docker", available=False, detail=str(problem))

    def undebuggable(self) -> str:
        """See the port."""
        image = self._options.image
        if self._options.relay_inside:
            return "a debugger is not led into gVisor: set execution.runtime to runc"
        try:
            client = self._connected()
            with troubles("inspect the image", image):
                labels = client.inspect_image(image)["Config"]["Labels"] or {}
        except ProviderFailed as problem:
            return str(problem)
        if "debug" in labels.get(LABEL_EXTRAS, "").split():
            return ""
        return f"the image {image} has no debugpy: `syntropism runner build --with-debugpy` adds it"

    def close(self) -> None:
        """Lets go of the daemon and of what all windows share. Nothing may be running."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None
            if self._system is not None:
                shutil.rmtree(self._system, ignore_errors=True)
                self._system = None

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = connect(self._options)
            return self._client

    def _prepared(self) -> Path:
        with self._lock:
            if self._system is None or not self._system.is_dir():
                self._system = place_sdk(self._run_root, self._sdk_path)
            return self._system
