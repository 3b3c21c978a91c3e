from pathlib import Path

import pytest
from tests.e2e.cli.driver import Town


def new_town(folder: Path, **settings: str) -> Town:
    Town(folder).ok("init", "town")
    return Town(folder / "town", SYNTROPISM_API_PORT="0", **settings)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A new project, in which nothing has happened yet."""
    return new_town(tmp_path)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A project whose economy has lived for some cycles; to be read, not changed."""
    found = new_town(tmp_path_factory.mktemp("lived"))
    found.ok("agents", "create", "ada", "--strategy", "showman", "--credits", "600")
    found.ok("run", "--cycles", "8", "--human", "generous", "--no-report")
    return found
