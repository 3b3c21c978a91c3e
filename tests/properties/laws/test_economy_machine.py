"""The laws under any interleaving: one machine, every store."""

from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis.stateful import invariant
from tests.conftest import postgres_server

from syntropism.adapters.sql.migrations import upgrade
from syntropism.adapters.sql.store import SqlStore
from syntropism.testing import EconomyMachine

_TEMPLATES = TemporaryDirectory(prefix="laws-")


def _empty_database() -> Path:
    """An empty database at the newest revision: migrating takes longer than an example."""
    path = Path(_TEMPLATES.name) / "empty.db"
    if not path.exists():
        upgrade(f"sqlite:///{path}")
    return path


class OnSqlite(EconomyMachine):
    """The same machine on a database."""

    def make_store(self, clock):
        self._folder = TemporaryDirectory(prefix="laws-")
        path = Path(self._folder.name) / "economy.db"
        copyfile(_empty_database(), path)
        return SqlStore(f"sqlite:///{path}", clock, synchronous="NORMAL")

    @invariant()
    def laws_hold(self):
        """Not after every step: an audit is many statements, and the model is compared anyway."""
        self._steps = getattr(self, "_steps", 0) + 1
        if self._steps % 5 == 0:
            super().laws_hold()

    def teardown(self):
        try:
            super().laws_hold()
        finally:
            super().teardown()
            self._folder.cleanup()


class OnPostgres(OnSqlite):
    """The same machine on a server; the database is one for all examples, emptied before each."""

    def make_store(self, clock):
        self._folder = TemporaryDirectory(prefix="laws-")
        self._sql = SqlStore(postgres_server().shared(), clock)
        return self._sql

    def teardown(self):
        try:
            super().teardown()
        finally:
            self._sql.close()


TestInMemory = EconomyMachine.TestCase
TestInMemory.settings = settings(max_examples=150, stateful_step_count=40)

TestOnSqlite = OnSqlite.TestCase
TestOnSqlite.settings = settings(max_examples=40, stateful_step_count=30)

TestOnPostgres = OnPostgres.TestCase
TestOnPostgres.settings = settings(max_examples=10, stateful_step_count=25)
