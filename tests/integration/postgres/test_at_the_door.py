"""What cannot be opened is told in one line that says what to do, and shows no password."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.servers.postgres import free_port

from syntropism.adapters.sql import postgres_sessions
from syntropism.adapters.sql.server import ServerOptions
from syntropism.adapters.sql.store import SqlStore
from syntropism.application.ports.unit_of_work import StorageFailed


def refused(url: str, **options) -> str:
    with pytest.raises(StorageFailed) as failure:
        SqlStore(url, None, options=ServerOptions(connect_ms=2_000, **options))
    line = str(failure.value)
    assert "\n" not in line and len(line) < 400
    assert "secret" not in line
    return line


def test_a_wrong_password(postgres, postgres_url):
    wrong = postgres_url.replace("not%20a", "another")
    assert "refused the password" in refused(wrong)


def test_an_unknown_user(postgres_url):
    assert "refused the password" in refused(postgres_url.replace("economy:", "nobody:"))


def test_a_database_that_is_not_there(postgres):
    assert "createdb" in refused(postgres.url("elsewhere"))


def test_a_server_that_is_not_there(postgres):
    url = postgres.url("town").replace(f":{postgres.port}/", f":{free_port()}/")
    assert "see that the server runs" in refused(url)


def test_a_host_that_is_not_there(postgres):
    url = postgres.url("town").replace("127.0.0.1", "nowhere.invalid")
    assert "host and port are right" in refused(url)


def test_no_password_at_all(postgres, postgres_url):
    assert "password" in refused(postgres_url.replace(":not%20a%20secret", ""))


def test_a_user_who_may_do_nothing(postgres, postgres_url):
    postgres.run("DROP ROLE IF EXISTS guest")
    postgres.run("CREATE ROLE guest LOGIN PASSWORD 'secret'")
    guest = postgres_url.replace("economy:not%20a%20secret", "guest:secret")
    assert "owner" in refused(guest)


def test_a_server_without_room(postgres, postgres_url):
    postgres.run("DROP ROLE IF EXISTS guest")
    postgres.run("CREATE ROLE guest SUPERUSER LOGIN PASSWORD 'secret' CONNECTION LIMIT 0")
    postgres.run("ALTER ROLE guest NOSUPERUSER")
    guest = postgres_url.replace("economy:not%20a%20secret", "guest:secret")
    assert "no connection left" in refused(guest)


def test_clocks_that_are_apart(postgres_url, monkeypatch):
    def late() -> datetime:
        return datetime.now(UTC) - timedelta(seconds=40)

    monkeypatch.setattr(postgres_sessions, "local_now", late)
    assert "seconds behind" in refused(postgres_url)
    monkeypatch.setattr(postgres_sessions, "local_now", lambda: late() + timedelta(seconds=80))
    assert "ahead of" in refused(postgres_url)
    lenient = ServerOptions(clock_skew_ms=60_000)
    SqlStore(postgres_url, None, options=lenient).close()


def test_the_socket_is_a_door_too(postgres, postgres_url):
    store = SqlStore(postgres.socket_url(postgres_url.rpartition("/")[2]))
    with store(read_only=True) as uow:
        assert uow.agents.everyone() == []
    store.close()
