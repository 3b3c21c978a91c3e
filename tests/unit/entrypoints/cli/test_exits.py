"""Every failure is one line and an exit code."""

import errno

import pytest

from syntropism.application.ports.reporting import ReportFailed
from syntropism.application.ports.sandbox import ProviderFailed
from syntropism.application.ports.unit_of_work import StorageFailed
from syntropism.domain.errors import InsufficientCredits, NotFound
from syntropism.entrypoints.cli.exits import Failure, explain
from syntropism.entrypoints.settings import SettingsError
from syntropism.entrypoints.wiring import CannotServe


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("there is no agent x"), 1),
        (InsufficientCredits("the treasury cannot cover it"), 1),
        (Failure("say what it does", 2), 2),
        (SettingsError("api.port must be a whole number"), 2),
        (StorageFailed("economy.db is damaged"), 3),
        (ProviderFailed("bubblewrap does not work"), 3),
        (CannotServe("the port is in use"), 3),
        (ReportFailed("cannot write"), 3),
        (OSError(errno.ENOSPC, "No space left on device", "x.part"), 3),
        (PermissionError(errno.EACCES, "Permission denied", "/srv/x"), 3),
        (ZeroDivisionError("division by zero"), 1),
    ],
)
def test_each_kind_of_failure_has_its_code_and_one_line(error: Exception, code: int) -> None:
    line, found = explain(error)
    assert found == code
    assert line
    assert "\n" not in line


def test_a_full_disk_and_a_missing_permission_say_what_to_do() -> None:
    assert "make room" in explain(OSError(errno.ENOSPC, "No space left on device"))[0]
    assert "permission" in explain(PermissionError(errno.EACCES, "Permission denied", "x"))[0]


def test_a_message_that_carries_an_agents_text_is_one_plain_line() -> None:
    line, _ = explain(NotFound("there is no agent \x1b[2J\nerror: all is lost" + "x" * 10_000))
    assert "\n" not in line
    assert "\x1b" not in line
    assert len(line) <= 600
