"""A PostgreSQL server of the tests' own: in a temporary folder, on a free port, gone in the end.

``initdb`` and ``postgres`` refuse to run as root, so that root lends them another user. The
server dies with the process that started it, however that ends.
"""

import atexit
import ctypes
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from attrs import define, field

from syntropism.adapters.sql.migrations import upgrade
from syntropism.adapters.sql.schema import metadata

START_SECONDS_MAX = 60.0
MIGRATED = "migrated"
PREFIX = "pg-"
OWNER = "owner"
"""The file with the process that made a folder."""
_PARENT_DEATH_SIGNAL = 1


class NoServer(Exception):
    """There are no binaries, or nobody to run them; says what is missing."""


def binaries() -> Path:
    """The folder of ``initdb`` and ``postgres``."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(folders, key=lambda path: int(path.parts[-3]), default=None)
    if newest is None:
        raise NoServer("needs a PostgreSQL server (package postgresql)")
    return newest.parent


def user() -> str | None:
    """Who runs the server: ourselves, unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise NoServer("needs a user that is not root, to run PostgreSQL")


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _sweep() -> None:
    """Removes the folders of processes that were killed: their servers died with them."""
    for owner in Path("/tmp").glob(f"{PREFIX}*/{OWNER}"):
        try:
            os.kill(int(owner.read_text()), 0)
        except ProcessLookupError:
            shutil.rmtree(owner.parent, ignore_errors=True)
        except (OSError, ValueError):
            continue


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGINT)


@define
class PostgresServer:
    """A running server. With ``durable`` it survives ``kill``, at the price of speed; one that
    works for long ``vacuums`` by itself."""

    durable: bool = False
    vacuums: bool = False
    password: str = "not a secret"
    folder: Path = field(init=False)
    port: int = field(init=False)
    _process: "subprocess.Popen[bytes] | None" = None
    _made: int = 0
    _shared: str | None = None

    def __attrs_post_init__(self) -> None:
        self._bin, self._user = binaries(), user()
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
        (self.folder / OWNER).write_text(str(os.getpid()))
        self.port = free_port()
        try:
            self._initialise()
            self.start()
        except BaseException:
            self.stop()
            raise

    _bin: Path = field(init=False)
    _user: str | None = field(init=False)

    def _initialise(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        if self._user is not None:
            shutil.chown(self.folder, self._user)
            shutil.chown(secret, self._user)
        made = subprocess.run(
            [
                str(self._bin / "initdb"),
                *("-D", str(self.data), "-U", "economy", "-E", "UTF8", "--locale=C.UTF-8"),
                *("-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync"),
            ],
            user=self._user,
            extra_groups=[] if self._user else None,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=START_SECONDS_MAX,
        )
        if made.returncode != 0:
            raise NoServer(f"initdb failed: {made.stderr.strip()[-300:]}")

    @property
    def data(self) -> Path:
        """Where the server keeps its files."""
        return self.folder / "data"

    def start(self) -> None:
        """Starts it (again), and waits until it answers."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "max_connections": 80,
            "shared_buffers": "64MB",
            "logging_collector": "off",
            "autovacuum": "on" if self.vacuums else "off",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.data), *options],
                user=self._user,
                extra_groups=[] if self._user else None,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,
            )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as problem:
                assert self._process is not None
                if time.monotonic() > end or self._process.poll() is not None:
                    log = (self.folder / "log").read_text()[-500:]
                    raise NoServer(f"the server did not start: {problem} {log}") from None
                time.sleep(0.05)
            else:
                return

    def url(self, database: str) -> str:
        """The URL of one of its databases, over TCP."""
        secret = self.password.replace(" ", "%20")
        return f"postgresql://economy:{secret}@127.0.0.1:{self.port}/{database}"

    def socket_url(self, database: str) -> str:
        """The same over its Unix socket."""
        secret = self.password.replace(" ", "%20")
        return f"postgresql://economy:{secret}@/{database}?host={self.folder}&port={self.port}"

    def run(self, statement: str, database: str = "postgres") -> Sequence[tuple]:
        """The answer of one statement, which is committed at once."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def empty(self) -> str:
        """The URL of a new database without anything in it."""
        return self._create("template0")

    def fresh(self) -> str:
        """The URL of a new database at the newest revision."""
        if not self.run(f"SELECT 1 FROM pg_database WHERE datname = '{MIGRATED}'"):
            self.run(f"CREATE DATABASE {MIGRATED} TEMPLATE template0")
            upgrade(self.url(MIGRATED))
        return self._create(MIGRATED)

    def copy(self, url: str) -> str:
        """The URL of a copy of a database that nobody works on."""
        return self._create(database_of(url))

    def _create(self, template: str) -> str:
        self._made += 1
        name = f"town_{self._made}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def shared(self) -> str:
        """The URL of one database, the same each time, emptied of whatever was in it."""
        if self._shared is None:
            self._shared = self.fresh()
        return self.cleared(self._shared)

    def drop(self, url: str) -> None:
        """Removes a database, whoever is connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {database_of(url)} WITH (FORCE)")

    def cleared(self, url: str) -> str:
        """``url``, whose database has no rows and nobody works on any more: faster than a new
        one."""
        others = f"datname = '{database_of(url)}' AND pid <> pg_backend_pid()"
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        tables = [table.name for table in reversed(metadata.sorted_tables)]
        statements = [f"DELETE FROM {name}" for name in tables]
        statements += ["ALTER SEQUENCE events_sequence_seq RESTART"]
        statements += ["ALTER SEQUENCE bids_sequence RESTART"]
        self.run(";".join(statements), database_of(url))
        return url

    def kill(self, how: signal.Signals) -> None:
        """Ends it: SIGINT at once and in order, SIGQUIT as in a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS_MAX)
            self._process = None

    def stop(self) -> None:
        """Ends it and removes everything it kept; repeatable."""
        try:
            self.kill(signal.SIGQUIT)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


_shared: list[PostgresServer] = []


def shared_server() -> PostgresServer:
    """The one server of this process, started when it is first needed.

    Raises:
        NoServer: none can be had.
    """
    if not _shared:
        _shared.append(PostgresServer())
        atexit.register(stop_shared)
    return _shared[0]


def stop_shared() -> None:
    """Ends it, if there is one; repeatable."""
    while _shared:
        _shared.pop().stop()


def database_of(url: str) -> str:
    """The name of the database in ``url``."""
    found = re.search(r"/(\w+)(\?|$)", url)
    assert found
    return found[1]
