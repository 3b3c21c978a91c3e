"""The provider tells what it can do here, and fails in one line where it cannot."""

import os
from pathlib import Path

import pytest

from syntropism.adapters.process import ProcessSandbox
from syntropism.adapters.process.probing import (
    BubblewrapAbility,
    Host,
    find_bubblewrap,
    reachable_by,
    report,
)
from syntropism.adapters.relay import ThreadedSocketRelay
from syntropism.application.ports.sandbox import ProviderFailed

WORKS = BubblewrapAbility("/usr/bin/bwrap", "")
FAILS = BubblewrapAbility(None, "bwrap is not installed")


def test_without_bubblewrap_the_warning_is_loud_and_says_what_to_do() -> None:
    told = report(Host(FAILS, None), None, False)
    assert told.available
    assert "trusted agents only" in told.warning
    assert "install bubblewrap" in told.warning
    assert "not installed" in told.detail
    assert "no network" not in told.enforces


def test_with_bubblewrap_there_is_no_warning() -> None:
    told = report(Host(WORKS, None), None, True)
    assert (told.available, told.warning) == (True, "")
    assert "no network" in told.enforces
    assert told.exceptions


def test_required_but_missing_is_unavailable() -> None:
    assert not report(Host(FAILS, None), True, False).available


def test_a_bubblewrap_that_fails_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    ability = find_bubblewrap()
    assert ability.program is None
    assert ability.reason == "bwrap: No permissions to create new namespace"
    sandbox = ProcessSandbox(tmp_path / "run", fake, ThreadedSocketRelay(), True)
    assert not sandbox.probe().available


def test_mounts_that_vanish_while_it_starts_do_not_condemn_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bwrap"
    tried = tmp_path / "tried"
    fake.write_text(
        f'#!/bin/sh\n[ "$1" = --help ] && exit 0\n[ -e {tried} ] && exit 0\ntouch {tried}\nexit 1\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert find_bubblewrap().program == str(fake)


def test_a_missing_sdk_is_one_clear_line(tmp_path: Path) -> None:
    sandbox = ProcessSandbox(
        tmp_path / "run", tmp_path / "no_sdk.py", ThreadedSocketRelay(), False, False
    )
    with pytest.raises(ProviderFailed, match=r"no_sdk\.py"):
        sandbox.run(None, lambda: False)  # type: ignore[arg-type]


def test_a_closed_folder_on_the_way_is_out_of_reach(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    inner = closed / "inner"
    inner.mkdir(parents=True)
    tmp_path.chmod(0o755)
    closed.chmod(0o700)
    assert not reachable_by(10_001, inner)
    assert not reachable_by(10_001, tmp_path / "nowhere")
    assert reachable_by(10_001, Path("/usr/bin"))
