"""A host that fails is told from an agent that fails: one line, and nothing left behind."""

import tempfile
from pathlib import Path

import pytest
from tests.contracts.sandbox.rig import Rig

from syntropism.adapters.process import ProcessSandbox, run_folder
from syntropism.adapters.process.interpreter import Interpreter
from syntropism.adapters.relay import ThreadedSocketRelay
from syntropism.application.ports.sandbox import ProviderFailed, Termination


def _full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    sdk = tmp_path / "syntropism_sdk.py"
    sdk.touch()
    sandbox = ProcessSandbox(tmp_path / "run", sdk, ThreadedSocketRelay(), False, False)
    return Rig(sandbox, workspace, ("127.0.0.1", 9))


def _windows(rig: Rig) -> list[Path]:
    return list((rig.workspace.parent / "run").glob("execution-*"))


@pytest.mark.parametrize(
    ("module", "name"), [(tempfile, "mkdtemp"), (run_folder, "record_processes"), (Path, "mkdir")]
)
def test_a_full_disk_is_a_fault_of_ours(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    rig.run("print('it works')")
    with monkeypatch.context() as patch:
        patch.setattr(module, name, _full)
        with pytest.raises(ProviderFailed, match="No space left on device") as failure:
            rig.run("print('never')")
    assert "\n" not in str(failure.value)
    assert _windows(rig) == []
    assert rig.run("print('again')").log == "again\n"


def test_an_interpreter_that_does_not_start_is_a_fault_of_ours(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Interpreter(Path("/bin/false"), Path("/usr"))
    monkeypatch.setattr("syntropism.adapters.process.sandbox.find_interpreter", lambda: broken)
    sandbox = ProcessSandbox(
        rig.workspace.parent / "run2", rig.workspace.parent, ThreadedSocketRelay(), False, False
    )
    with pytest.raises(ProviderFailed, match="did not start"):
        Rig(sandbox, rig.workspace, rig.address).run("print('never')")
    assert list((rig.workspace.parent / "run2").glob("execution-*")) == []


def test_an_exception_of_the_caller_kills_the_window(rig: Rig) -> None:
    def cancelled() -> bool:
        if (rig.workspace / "alive").exists():
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        rig.run("import time; open('alive', 'w').close(); time.sleep(60)", cancelled=cancelled)
    assert _windows(rig) == []
    assert rig.run("print('again')").termination is Termination.COMPLETED
