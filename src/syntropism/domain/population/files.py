"""The files a newborn agent starts with: its workspace, version 1."""

from collections.abc import Mapping
from typing import Final

from syntropism.domain.errors import Invalid, TooLarge

FILES_MAX: Final = 64
FILE_BYTES_MAX: Final = 256 * 1024
TOTAL_BYTES_MAX: Final = 1024 * 1024
PATH_MAX: Final = 200
DEPTH_MAX: Final = 8
RESERVED: Final = frozenset(("env.json",))
"""Names that the system writes itself."""


def require_path(path: object) -> str:
    """``path`` as a workspace file may be called: relative, plain, printable.

    Raises:
        Invalid: absolute, with ``..``, empty parts, backslashes, NUL or control characters,
            too long or too deep, or reserved.
    """
    if not isinstance(path, str) or not path:
        raise Invalid("file name must not be empty", field="files")
    if len(path.encode("utf-8", "surrogatepass")) > PATH_MAX:
        raise Invalid(f"file name is longer than {PATH_MAX} bytes", field="files")
    if not path.isprintable() or "\\" in path:
        raise Invalid("file name must be printable and without backslashes", field="files")
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise Invalid("file name must be relative and plain", field="files", name=path)
    if len(parts) > DEPTH_MAX:
        raise Invalid(f"file name is deeper than {DEPTH_MAX} folders", field="files", name=path)
    if path in RESERVED:
        raise Invalid(f"file name {path} is reserved", field="files", name=path)
    return path


def require_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """``files`` as a workspace may start with, ordered by path.

    Raises:
        Invalid: a bad path, too many files, no ``main.py`` and no ``run``, or a path that is
            both a file and a folder.
        TooLarge: a file or the whole above its limit.
    """
    if len(files) > FILES_MAX:
        raise Invalid(f"more than {FILES_MAX} files", field="files")
    checked = {require_path(path): files[path] for path in sorted(files)}
    for path, content in checked.items():
        if len(content) > FILE_BYTES_MAX:
            raise TooLarge(f"{path} is larger than {FILE_BYTES_MAX} bytes", field="files")
        folder = path
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if folder in checked:
                raise Invalid(f"{folder} is both a file and a folder", field="files")
    if sum(map(len, checked.values())) > TOTAL_BYTES_MAX:
        raise TooLarge(f"files are larger than {TOTAL_BYTES_MAX} bytes together", field="files")
    if "main.py" not in checked and "run" not in checked:
        raise Invalid("files must contain main.py or run", field="files")
    return checked
