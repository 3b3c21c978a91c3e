"""A running economy: its lock, its API, and its cycles in a thread of their own."""

from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Self

from attrs import frozen

import syntropism
from syntropism.application.commands.spawning import BirthRequest
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.entrypoints.behaviours import Behaviours
from syntropism.entrypoints.container import Container, Serving, found_at
from syntropism.entrypoints.orchestrator import RUN_TARGET, Orchestrator, Pace, Progress, RunTarget
from syntropism.entrypoints.project import Project
from syntropism.entrypoints.settings import values


@frozen(slots=True)
class Ended:
    """How the cycles ended: how many were closed, and whether before their time."""

    closed: int
    interrupted: bool


class Session:
    """An economy at work in this process, from entering to leaving.

    ``token`` is the first admin's, if there was no operator yet; ``new`` tells whether the
    economy was founded just now.

    Raises (on entering):
        StorageFailed: the store cannot be used, or another process runs this economy.
        CannotServe: the API cannot listen where it should, or NATS refuses us.
    """

    def __init__(
        self,
        project: Project,
        container: Container,
        stop: Event,
        company: tuple[BirthRequest, ...] = (),
    ) -> None:
        self.stop = stop
        self.token: str | None = None
        self.new = False
        self.address = ""
        self.outstanding = 0
        self._project = project
        self._container = container
        self._orchestrator = Orchestrator(
            container, project.kept, project.founder, company, stop=stop
        )
        self._progress: SimpleQueue[Progress] = SimpleQueue()
        self._thread: Thread | None = None
        self._closed = 0
        self._failure: BaseException | None = None
        self._server: Serving | None = None
        self._nats: Serving | None = None
        self._started = False

    def __enter__(self) -> Self:
        lock = self._container.lock()
        if lock is not None:
            lock.acquire()  # before the port: the better reason is told
        try:
            self._bind(self._container.store())
            self._serve()
            self._nats = self._connect()  # before the token that is shown but once
            self._started = True
            self.new = self._orchestrator.start()
            secret = self._container.new_secret()
            if self._container.operators().bootstrap(secret):
                self.token = secret
            owed = RunTarget(self._project.kept / RUN_TARGET)
            self.outstanding = owed.outstanding(self._orchestrator.closed())
        except BaseException:
            self._end()
            raise
        return self

    def _bind(self, store: UnitOfWorkFactory) -> None:
        behaviours = self._container.wiring().behaviours
        if isinstance(behaviours, Behaviours):
            behaviours.bind(store)

    def _serve(self) -> None:
        settings = self._project.settings
        shown = values(settings)
        self._server = self._container.serve(
            host=settings.api.host,
            port=settings.api.port,
            config=lambda: shown,
            version=syntropism.__version__,
        )
        self.address = self._server.address
        self._container.service_address.override(found_at(self.address))

    def _connect(self) -> Serving | None:
        found: Serving | None = self._container.connect(version=syntropism.__version__)
        return found

    def begin(self, cycles: int | None, pace: Pace) -> None:
        """Starts ``cycles`` more cycles (``None``: until stopped)."""
        self._thread = Thread(target=self._run, args=(cycles, pace), name="cycles")
        self._thread.start()

    def _run(self, cycles: int | None, pace: Pace) -> None:
        try:
            self._closed = self._orchestrator.run(cycles, pace, self._progress.put)
        except BaseException as failure:
            self._failure = failure

    @property
    def running(self) -> bool:
        """Whether cycles are still being run."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def idle(self) -> bool:
        """Whether every closed cycle has been told."""
        return self._progress.empty()

    def progress(self, seconds: float) -> Progress | None:
        """The next closed cycle that was not told yet, waiting for it at most so long."""
        try:
            return self._progress.get(timeout=seconds) if seconds else self._progress.get_nowait()
        except Empty:
            return None

    def result(self) -> Ended:
        """How the cycles ended; waits for it.

        Raises:
            What ended the cycles before their time.
        """
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None:
            raise self._failure
        return Ended(self._closed, self.stop.is_set())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop.set()
        if self._thread is not None:
            self._thread.join()
        self._end()

    def _end(self) -> None:
        """Lets go of what entering took, as far as it came; the store is the office's."""
        for serving in (self._nats, self._server):
            if serving is not None:
                serving.stop()
        self._container.debug_relay().close()
        if self._started:
            for part in (self._container.sandbox(), self._container.meter()):
                tidy = getattr(part, "close", None)
                if tidy is not None:
                    tidy()
        lock = self._container.lock()
        if lock is not None:
            lock.release()
