"""``syntropism doctor``"""

import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import typer
from attrs import frozen

from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.entrypoints.cli.exits import REFUSED
from syntropism.entrypoints.cli.office import container_of
from syntropism.entrypoints.cli.options import JsonOption, ProjectOption
from syntropism.entrypoints.cli.showing import Show
from syntropism.entrypoints.container import Container
from syntropism.entrypoints.project import SETTINGS_FILE, Project, load_project
from syntropism.entrypoints.settings import SettingsError
from syntropism.entrypoints.settings.layers import without_password
from syntropism.entrypoints.wiring import Wiring

PYTHON_LEAST: Final = (3, 11)
FREE_BYTES_MIN: Final = 100 * 1024 * 1024
"""Below this the next thing that fails is the disk."""

_EXTRAS: Final = {
    "charts in reports (extra: analysis)": "matplotlib",
    "Parquet exports (extra: analysis)": "duckdb",
    "debugging of agents as processes (extra: debug)": "debugpy",
    "property tests of your own rules (extra: testing)": "hypothesis",
}

app = typer.Typer(add_completion=False)


@frozen
class Finding:
    """One thing that was checked. ``state`` is ``ok``, ``note`` (it works, but know this) or
    ``missing`` (it must be mended)."""

    what: str
    state: str
    detail: str


@app.command()
def doctor(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Check what this machine can do.

    The exit code is 1 if something that is needed is missing.
    """
    show = Show(as_json=as_json)
    findings = list(_findings(project or Path.cwd()))
    well = all(one.state != "missing" for one in findings)
    if as_json:
        show.json({"ok": well, "findings": findings})
    else:
        colours = {"ok": "green", "note": "yellow", "missing": "bold red"}
        for one in findings:
            show.line((f"{one.state:<8}", colours[one.state]), f"{one.what}: {one.detail}")
    if not well:
        raise typer.Exit(REFUSED)


def _findings(folder: Path) -> Iterator[Finding]:
    yield _python()
    try:
        project = load_project(folder, required=False)
    except SettingsError as error:
        yield Finding("settings", "missing", error.message)
        return
    yield _settings(project)
    container = container_of(project, Wiring(sandbox=project.settings.execution.sandbox))
    yield Finding("database engine", "ok", container.database_engine())
    yield _database(project, container)
    yield from _sandbox(container)
    yield _disk(project.kept)
    yield _port(project.settings.api.host, project.settings.api.port)
    for what, module in _EXTRAS.items():
        found = find_spec(module) is not None
        yield Finding(what, "ok" if found else "note", "there" if found else "not installed")


def _python() -> Finding:
    state = "ok" if sys.version_info >= PYTHON_LEAST else "missing"
    return Finding("Python", state, f"{platform.python_version()} (3.11 or newer is needed)")


def _settings(project: Project) -> Finding:
    file = project.folder / SETTINGS_FILE
    if not file.exists():
        return Finding("project", "note", f"none in {project.folder}: `syntropism init DIR`")
    changed = sum(source != "default" for source in project.sources.values())
    return Finding("project", "ok", f"{project.folder}, {changed} settings are not the default")


def _database(project: Project, container: Container) -> Finding:
    try:
        found, known = container.schema_found(), container.schema_known()
    except StorageFailed as failure:
        return Finding("database", "missing", str(failure))
    if found is None:
        return Finding("database", "ok", "none yet: `syntropism run` makes it")
    if found != known:
        return Finding("database", "missing", f"schema {found}: run `syntropism db upgrade`")
    url = without_password(project.settings.storage.database_url)
    return Finding("database", "ok", f"{url}, schema {found}")


def _sandbox(container: Container) -> Iterator[Finding]:
    report = container.sandbox().probe()
    detail = report.warning or report.detail or "works"
    state = "missing" if not report.available else "note" if report.warning else "ok"
    yield Finding(f"sandbox {report.name}", state, detail)
    if report.enforces:
        yield Finding("it enforces", "ok", "; ".join(report.enforces))
    if report.exceptions:
        yield Finding("it cannot", "note", "; ".join(report.exceptions))


def _disk(folder: Path) -> Finding:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Finding("disk", "missing", f"{there}: {error.strerror}")
    state = "ok" if free >= FREE_BYTES_MIN else "missing"
    return Finding("disk", state, f"{free / 2**30:.1f} GB free in {there}")


def _port(host: str, port: int) -> Finding:
    try:
        with socket.create_server((host, port)):
            return Finding("port", "ok", f"{host} port {port} is free")
    except OSError as error:
        detail = f"{host} port {port}: {error.strerror or error}; an economy runs, or use --port"
        return Finding("port", "note", detail)
