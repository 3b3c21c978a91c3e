"""A project: the folder that holds the settings of one economy and everything it keeps."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from syntropism.application.commands.spawning import BirthRequest
from syntropism.domain.credits import parse_micro
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.entrypoints.settings import Settings, SettingsError, load_settings
from syntropism.strategies import files as strategy_files

SETTINGS_FILE: Final = "syntropism.toml"

_TEMPLATES: Final = Path(__file__).parent / "cli" / "templates"
_NEW: Final = {
    SETTINGS_FILE: "syntropism.toml.txt",
    ".gitignore": "gitignore.txt",
    ".vscode/launch.json": "launch.json.txt",
    "agents/hello/main.py": "hello.py.txt",
}
"""What a new project consists of, and the template of each."""


@frozen(slots=True)
class Project:
    """``folder`` with its effective settings and the source of each."""

    folder: Path
    settings: Settings
    sources: Mapping[str, str]
    parameters: EconomicParameters

    @property
    def kept(self) -> Path:
        """Where workspaces, keys and the lock are."""
        return Path(self.settings.storage.folder)

    @property
    def founder(self) -> BirthRequest | None:
        """The first agent, if there is to be one."""
        strategy = self.settings.population.genesis
        if strategy == "none":
            return None
        endowment = parse_micro(self.settings.economy.genesis_endowment)
        return BirthRequest(strategy, endowment, strategy_files(strategy), strategy)


def load_project(
    start: Path, flags: Mapping[str, Any] | None = None, *, required: bool = True
) -> Project:
    """The project that ``start`` lies in: the nearest folder upwards with its settings file, or
    ``start`` itself if there is none and none is ``required``.

    Raises:
        SettingsError: there is no project, or its settings cannot be used.
    """
    if not start.is_dir():
        raise SettingsError(f"there is no folder {start}")
    start = start.absolute()
    folder = next((one for one in (start, *start.parents) if (one / SETTINGS_FILE).exists()), None)
    if folder is None and required:
        raise SettingsError(
            f"there is no {SETTINGS_FILE} in {start}: make a project with `syntropism init DIR`, "
            "or name one with --project DIR"
        )
    loaded = load_settings(folder or start, flags, os.environ)
    settings = loaded.settings
    return Project(folder or start, settings, loaded.sources, settings.parameters())


def template(name: str) -> str:
    """The text that a file of a new project starts with."""
    return (_TEMPLATES / name).read_text("utf-8")


def create_project(folder: Path) -> tuple[Path, ...]:
    """Makes a project in ``folder``, which must be empty or not there yet; gives its files.

    Raises:
        SettingsError: something is there already.
        OSError: it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        there = (folder / SETTINGS_FILE).exists()
        what = "a project already" if there else "not an empty folder"
        raise SettingsError(f"{folder} is {what}: name a new folder")
    written = []
    for name, source in _NEW.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(template(source), "utf-8")
        written.append(file)
    return tuple(written)
