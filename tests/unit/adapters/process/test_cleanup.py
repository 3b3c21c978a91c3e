"""What a crashed worker left behind is found by its records, killed and removed."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syntropism.adapters.process import ProcessSandbox
from syntropism.adapters.process.procfs import start_ticks
from syntropism.adapters.relay import ThreadedSocketRelay


@pytest.fixture
def orphan() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def sandbox(tmp_path: Path) -> ProcessSandbox:
    sdk = tmp_path / "syntropism_sdk.py"
    sdk.touch()
    return ProcessSandbox(tmp_path / "run", sdk, ThreadedSocketRelay(), False, False)


def _record(folder: Path, worker: int, processes: dict[int, int | None]) -> Path:
    folder.mkdir(parents=True)
    names = {str(pid): ticks for pid, ticks in processes.items()}
    document = {"worker": worker, "processes": names}
    (folder / "record.json").write_text(json.dumps(document))
    return folder


def test_orphans_of_a_dead_worker_are_killed(
    sandbox: ProcessSandbox, orphan: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    folder = _record(
        tmp_path / "run" / "window", 999_999_999, {orphan.pid: start_ticks(orphan.pid)}
    )
    assert sandbox.cleanup(0) == 2
    assert orphan.wait(5) == -9
    assert not folder.exists()


def test_a_process_that_took_over_the_number_is_spared(
    sandbox: ProcessSandbox, orphan: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    _record(tmp_path / "run" / "window", 999_999_999, {orphan.pid: 1})
    assert sandbox.cleanup(0) == 1
    time.sleep(0.1)
    assert orphan.poll() is None


def test_windows_of_a_living_worker_are_spared(
    sandbox: ProcessSandbox, orphan: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    worker = orphan.pid
    folder = _record(tmp_path / "run" / "window", worker, {worker: start_ticks(worker)})
    assert sandbox.cleanup(0) == 0
    assert folder.exists()


def test_young_leftovers_are_spared(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    folder = _record(tmp_path / "run" / "window", 999_999_999, {})
    assert sandbox.cleanup(3_600) == 0
    assert folder.exists()


def test_a_record_that_cannot_be_read_is_removed_with_its_folder(
    sandbox: ProcessSandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "run" / "window"
    folder.mkdir(parents=True)
    (folder / "record.json").write_text("{")
    assert sandbox.cleanup(0) == 1
    assert not folder.exists()


def test_no_run_folder_is_nothing_to_clean(sandbox: ProcessSandbox) -> None:
    assert sandbox.cleanup(0) == 0
