"""How commands end when they do not succeed: exit codes, and one line for each kind of failure."""

import errno
from typing import Final

from syntropism.application.ports.reporting import ReportFailed
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.application.untrusted import plain
from syntropism.domain.errors import DomainError
from syntropism.entrypoints.settings.layers import SettingsError
from syntropism.entrypoints.wiring import CannotServe

OK: Final = 0
REFUSED: Final = 1
"""The economy refused it, there is no such thing, or something of ours failed."""
USAGE: Final = 2
"""The command line or a setting cannot be used."""
ENVIRONMENT: Final = 3
"""The database, a file, a port or the sandbox does not work."""
FINDINGS: Final = 4
"""An audit found something."""
INTERRUPTED: Final = 130
"""Interrupted twice."""

LINE_MAX: Final = 600


class Failure(Exception):
    """A command that cannot go on: one line that says what to do, and the exit code."""

    def __init__(self, message: str, code: int = REFUSED) -> None:
        super().__init__(message)
        self.code = code


def explain(error: Exception) -> tuple[str, int]:
    """The line and the exit code for ``error``."""
    if isinstance(error, Failure):
        return str(error), error.code
    if isinstance(error, SettingsError):
        return _line(error.message), USAGE
    if isinstance(error, DomainError):
        return _line(error.message), REFUSED
    if isinstance(error, StorageFailed | ProviderFailed | CannotServe | ReportFailed):
        return _line(str(error)), ENVIRONMENT
    if isinstance(error, OSError):
        return _system(error), ENVIRONMENT
    what = _line(f"{type(error).__name__}: {error}")
    return f"{what} (ours to mend; SYNTROPISM_LOG_LEVEL=debug shows where)", REFUSED


def _system(error: OSError) -> str:
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    advice = {
        errno.ENOSPC: "; make room and start again",
        errno.EACCES: "; give this user permission, or choose another folder",
        errno.EPERM: "; give this user permission, or choose another folder",
        errno.EROFS: "; choose a folder that can be written",
    }
    return _line(what) + advice.get(error.errno or 0, "")


def _line(text: str) -> str:
    return plain(text, length_max=LINE_MAX)
