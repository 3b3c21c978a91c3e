"""The files of an agent, from a folder of the operator's."""

from pathlib import Path
from typing import Final

from syntropism.domain.population.files import FILE_BYTES_MAX, FILES_MAX
from syntropism.entrypoints.cli.exits import USAGE, Failure

_LEFT_OUT: Final = ("__pycache__", ".git")


def files_below(folder: Path) -> dict[str, bytes]:
    """The regular files below ``folder`` by relative path; links are not followed.

    Raises:
        Failure: there is no such folder, or it has far too much in it.
        OSError: a file cannot be read.
    """
    if not folder.is_dir():
        raise Failure(f"there is no folder {folder}", USAGE)
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_symlink() or not path.is_file() or set(name.parts) & set(_LEFT_OUT):
            continue
        if len(found) == FILES_MAX:
            raise Failure(f"{folder} has more than {FILES_MAX} files", USAGE)
        with path.open("rb") as file:
            found[name.as_posix()] = file.read(FILE_BYTES_MAX + 1)
    return found
