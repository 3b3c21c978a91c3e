"""``syntropism run --debug AGENT``, and an editor that attaches as `.vscode/launch.json` says."""

import json
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest
from tests.contracts.sandbox.dap import DapClient
from tests.contracts.sandbox.docker import OPTIONS, WITH_DEBUGGER, require_image
from tests.contracts.sandbox.test_process import require_bubblewrap
from tests.e2e.cli.driver import Town, refused

SHORT = {"SYNTROPISM_CYCLE_SECONDS": "0.5", "SYNTROPISM_EXECUTION_TOKEN_GRACE_SECONDS": "0"}


@pytest.fixture(params=["process", pytest.param("docker", marks=pytest.mark.xdist_group("docker"))])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Town:
    """A project with the agent that init made, on each provider."""
    settings = {"SYNTROPISM_API_PORT": "0", "SYNTROPISM_EXECUTION_SANDBOX": request.param}
    if request.param == "docker":
        require_image(WITH_DEBUGGER)
        settings["SYNTROPISM_EXECUTION_IMAGE"] = WITH_DEBUGGER.image
    else:
        require_bubblewrap()
    Town(tmp_path).ok("init", "town")
    town = Town(tmp_path / "town", **settings, **SHORT)
    town.ok("agents", "create", "hello", "--from", "agents/hello", "--credits", "500")
    return town


def attach_to(running: "subprocess.Popen[str]") -> str:
    """The address that the command tells."""
    assert running.stderr is not None
    for line in running.stderr:
        if found := re.search(r"attach to (127\.0\.0\.1:\d+)", line):
            return found[1]
    raise AssertionError("it told no address")


def line_of(file: Path, text: str) -> int:
    """The number of the first line with ``text``."""
    lines = file.read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_an_agent_stands_still_beyond_its_deadline_and_acts_afterwards(town: Town) -> None:
    launch = json.loads((town.folder / ".vscode" / "launch.json").read_text())
    (mapping,) = launch["configurations"][0]["pathMappings"]
    local = Path(mapping["localRoot"].replace("${workspaceFolder}", str(town.folder)))
    arguments = ("--debug", "hello", "--debug-wait", "--debug-port", "0")
    running = town.start("run", "--cycles", "1", "--human", "none", "--no-report", *arguments)
    try:
        address = attach_to(running)
        deadline = time.monotonic() + 60
        while not (local / "main.py").exists():  # the window has begun
            assert time.monotonic() < deadline and running.poll() is None
            time.sleep(0.05)
        line = line_of(local / "main.py", "state = me.load_state()")
        with DapClient(address) as editor:
            editor.attach(local, {"main.py": line})
            thread, path, stopped_at = editor.stopped()
            assert (path, stopped_at) == (str(local / "main.py"), line)
            assert editor.evaluate(thread, "me.name") == "'hello'"
            told = "__import__('json').load(open('env.json'))['debug']"
            assert editor.evaluate(thread, told) == "True"
            time.sleep(4)  # its bundle bought three seconds
            editor.go_on(thread)
            editor.event("terminated")
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.communicate()
    (window,) = town.json("executions", "list", "--agent", "hello")["items"]
    assert window["status"] == "completed", window
    assert window["bundle"]["duration_seconds"] <= 3
    assert window["wall_seconds"] > 4
    status = town.json("status")
    assert status["cycle"] == 1
    assert status["open_bids"] >= 1, "its token lived as long as it"
    assert town.json("audit")["ok"]
    (other,) = town.json("executions", "list", "--agent", "genesis")["items"]
    assert other["status"] == "completed"
    assert other["wall_seconds"] <= 4


def test_nobody_is_debugged_whom_nobody_named(town: Town) -> None:
    running = town.start(
        "run", "--cycles", "1", "--human", "none", "--no-report", "--debug", "nobody"
    )
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "there is no agent nobody" in errors


def test_options_that_do_not_go_together_are_refused(town: Town) -> None:
    refused(town("run", "--human", "none", "--debug-wait"), 2, "--debug AGENT")


def test_a_port_that_is_taken_is_one_line(town: Town) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused(town("run", "--human", "none", "--debug", "hello", "--debug-port", port), 3, port)


def test_an_image_without_debugpy_is_one_line(town: Town) -> None:
    if town.settings["SYNTROPISM_EXECUTION_SANDBOX"] != "docker":
        pytest.skip("processes have no image")
    require_image(OPTIONS)
    town.settings["SYNTROPISM_EXECUTION_IMAGE"] = OPTIONS.image
    done = town("run", "--human", "none", "--debug", "hello")
    refused(done, 1, "runner build --with-debugpy")


def test_in_process_agents_are_debugged_otherwise(town: Town) -> None:
    refused(
        town("run", "--human", "none", "--debug", "hello", "--sandbox", "inprocess"),
        1,
        "this very process",
    )
