"""What all tests share: Hypothesis profiles, the tools of the machine, long runs."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings
from tests.order import spread
from tests.servers.postgres import NoServer, PostgresServer, shared_server, stop_shared

from syntropism.entrypoints.collecting import collect_seldom

pytest_plugins = ["tests.servers.nats"]

CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
SOAK = bool(os.environ.get("SOAK"))

# Wall time per example says more about the machine's load than about us: no deadline.
_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("house", **_common)
settings.register_profile("ci", **_common, derandomize=True)
settings.register_profile("soak", **_common, max_examples=2_000)
settings.load_profile("soak" if SOAK else "ci" if CI else "house")

# As the product's own processes do: looking for garbage took a tenth of the tests' time.
collect_seldom()

RequireTool = Callable[..., str]


@pytest.fixture(scope="session")
def require_tool() -> RequireTool:
    """``require_tool("bwrap")`` is the path of a program; several names are alternatives.

    Without it the test is skipped, and under ``CI=true`` it fails.
    """

    def require(*names: str) -> str:
        for name in names:
            path = shutil.which(name)
            if path is not None:
                return path
        reason = f"needs {' or '.join(names)} on the PATH"
        if CI:
            pytest.fail(f"{reason}, and CI may not skip")
        pytest.skip(reason)

    return require


def postgres_server() -> PostgresServer:
    """The PostgreSQL server of this test process; without one the test is skipped, and under
    ``CI=true`` it fails. A function, for tests that cannot ask for a fixture."""
    try:
        return shared_server()
    except NoServer as reason:
        if CI:
            pytest.fail(f"{reason}, and CI may not skip")
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this test process, gone in the end."""
    yield postgres_server()
    stop_shared()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """The URL of a database at the newest revision in which there is nothing yet."""
    return postgres.shared()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long runs are asked for: ``make soak``, or ``-m soak``. Processes share tests in an order of
    their own; what mostly waits goes first, so that nobody waits for it in the end."""
    if getattr(config.option, "loadgroup", False):
        items[:] = spread(items, lambda item: item.path)
        items.sort(key=lambda item: item.get_closest_marker("early") is None)
    if SOAK or "soak" in config.getoption("markexpr"):
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="a long run: make soak"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What shares one Docker daemon must share one worker of xdist."""
    grouped = getattr(item.config.option, "loadgroup", False) and "@" not in item.nodeid
    if grouped and item.get_closest_marker("xdist_group"):
        pytest.fail(
            f"pytest {pytest.__version__} does not know the groups of pytest-xdist: "
            "pip install --editable '.[dev]' has one that does",
            pytrace=False,
        )
