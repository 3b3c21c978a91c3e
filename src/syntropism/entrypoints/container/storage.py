"""Where an economy is kept, by which clock and key, and who may run it."""

from pathlib import Path

from attrs import asdict

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SeededIds, SimulatedClock
from syntropism.adapters.sql.server import ServerOptions
from syntropism.adapters.sql.store import SqlStore
from syntropism.adapters.system.clock import SystemClock, SystemIds
from syntropism.adapters.system.keys import load_tokens
from syntropism.adapters.system.lock import FolderLock
from syntropism.application.ports.clock import Clock, Ids
from syntropism.application.ports.tokens import TokenIssuer
from syntropism.application.ports.unit_of_work import UnitOfWorkFactory
from syntropism.entrypoints.locking import BothLocks, Lock
from syntropism.entrypoints.wiring import MEMORY, SQLITE, Wiring, on_server


def make_clock(wiring: Wiring) -> Clock:
    return SystemClock() if wiring.seed is None else SimulatedClock()


def make_ids(wiring: Wiring, clock: Clock) -> Ids:
    return SystemIds() if wiring.seed is None else SeededIds(wiring.seed, clock)


def make_store(wiring: Wiring, clock: Clock) -> UnitOfWorkFactory:
    if wiring.database == MEMORY:
        return MemoryStore(clock)
    timed = None if wiring.seed is None else clock  # the database has a clock of its own
    return SqlStore(wiring.database, timed, options=_server_options(wiring))


def _server_options(wiring: Wiring) -> ServerOptions:
    return ServerOptions(**asdict(wiring.server))


def make_tokens(wiring: Wiring) -> TokenIssuer:
    return load_tokens(wiring.folder / "signing-key.pem" if wiring.folder else None)


def make_lock(wiring: Wiring) -> Lock | None:
    if wiring.folder is None:
        return None
    shared = wiring.services is not None
    if on_server(wiring.database):  # whichever machine it is run on
        from syntropism.adapters.sql.postgres_lock import DatabaseLock  # the extra `postgres`

        database = DatabaseLock(wiring.database, _server_options(wiring), shared=shared)
        return BothLocks(FolderLock(wiring.folder / "lock", shared=shared), database)
    paths = [wiring.folder / "lock"]
    if wiring.database.startswith(SQLITE):  # whichever folder it is run with
        paths.append(Path(f"{wiring.database.removeprefix(SQLITE)}.lock"))
    return FolderLock(*paths, shared=shared)


def worker_lock(folder: Path, worker: str) -> FolderLock:
    """Proves that nobody else below ``folder`` is called ``worker``."""
    return FolderLock(folder / "workers" / worker / "lock")
