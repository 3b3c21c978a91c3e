"""What every sandbox must do. Inherit ``SandboxContract`` and give it a ``rig``.

A provider that cannot enforce something names the test and the reason in ``deviations``; a test
that is named there is skipped, and the reason belongs into the provider's documentation too.
"""

import threading
import time
from collections.abc import Mapping
from typing import ClassVar

import pytest
from tests.contracts.sandbox.rig import Rig

from syntropism.application.ports.sandbox import ProviderFailed, Termination

SPIN = "while True: pass\n"


class SandboxContract:
    """Inherited by the tests of each provider."""

    deviations: ClassVar[Mapping[str, str]] = {}
    network_seconds: ClassVar[float] = 0
    """What making and removing a network may add, on a busy machine."""

    @pytest.fixture
    def rig(self) -> Rig:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _skip_named_deviation(self, request: pytest.FixtureRequest) -> None:
        reason = self.deviations.get(request.node.name)
        if reason is not None:
            pytest.skip(f"named deviation: {reason}")

    # How windows end.

    def test_an_agent_that_ends_completes(self, rig: Rig) -> None:
        outcome = rig.run("print('hello')")
        assert (outcome.termination, outcome.exit_code) == (Termination.COMPLETED, 0)
        assert outcome.log == "hello\n"
        assert not outcome.log_truncated
        assert 0 < outcome.wall_ms < 10_000

    def test_a_hello_window_is_cheap(self, rig: Rig) -> None:
        outcome = rig.run("print('hello')")
        assert outcome.cpu_ms <= 150, outcome

    def test_an_exit_code_is_a_failure_and_reported(self, rig: Rig) -> None:
        outcome = rig.run("import sys; print('bye', file=sys.stderr); sys.exit(3)")
        assert (outcome.termination, outcome.exit_code) == (Termination.FAILED, 3)
        assert outcome.log == "bye\n"
        assert "3" in outcome.detail

    def test_a_traceback_is_in_the_log(self, rig: Rig) -> None:
        outcome = rig.run("raise RuntimeError('broken')")
        assert (outcome.termination, outcome.exit_code) == (Termination.FAILED, 1)
        assert "RuntimeError: broken" in outcome.log

    def test_dying_by_a_signal_is_the_agents_failure(self, rig: Rig) -> None:
        outcome = rig.run("import os; os.abort()")
        assert outcome.termination is Termination.FAILED
        assert outcome.exit_code == 128 + 6
        assert "SIGABRT" in outcome.detail

    def test_killing_oneself_is_a_failure_and_no_memory_excess(self, rig: Rig) -> None:
        outcome = rig.run("import os; os.kill(os.getpid(), 9)")
        assert outcome.termination is Termination.FAILED
        assert outcome.exit_code == 128 + 9

    def test_nothing_to_run_is_the_agents_failure(self, rig: Rig) -> None:
        outcome = rig.run()
        assert (outcome.termination, outcome.exit_code) == (Termination.FAILED, 127)
        assert "main.py" in outcome.detail

    def test_an_executable_run_comes_before_main(self, rig: Rig) -> None:
        rig.write("run", "#!/bin/sh\necho shell $AGENT_ID\n", mode=0o755)
        outcome = rig.run("print('python')")
        assert (outcome.termination, outcome.log) == (Termination.COMPLETED, "shell ada\n")

    def test_a_run_that_cannot_be_executed_is_the_agents_failure(self, rig: Rig) -> None:
        rig.write("run", "#!/no/such/interpreter\n", mode=0o755)
        outcome = rig.run()
        assert (outcome.termination, outcome.exit_code) == (Termination.FAILED, 126)
        assert "run" in outcome.detail

    def test_a_missing_workspace_is_a_fault_of_ours(self, rig: Rig) -> None:
        with pytest.raises(ProviderFailed):
            rig.run(workspace=rig.workspace / "nowhere")

    # The clock.

    def test_the_deadline_ends_a_window(self, rig: Rig) -> None:
        outcome = rig.run("import time; print('in'); time.sleep(60)", seconds=1)
        assert outcome.termination is Termination.TIMED_OUT
        assert 950 <= outcome.wall_ms <= 2_500
        assert outcome.log == "in\n"

    def test_ignoring_sigterm_does_not_help(self, rig: Rig) -> None:
        outcome = rig.run(
            "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)",
            seconds=0.4,
        )
        assert outcome.termination is Termination.TIMED_OUT
        assert 350 <= outcome.wall_ms <= 2_000

    def test_sigterm_leaves_a_moment_to_save(self, rig: Rig) -> None:
        rig.write(
            "main.py",
            """
            import signal, sys, time
            def save(*_):
                open("saved", "w").close()
                sys.exit(0)
            signal.signal(signal.SIGTERM, save)
            time.sleep(60)
            """,
        )
        for seconds in (1, 2, 4):  # on a busy machine a moment is soon over
            outcome = rig.run(seconds=seconds)
            assert outcome.termination is Termination.TIMED_OUT
            if (rig.workspace / "saved").exists():
                return
        pytest.fail(f"nothing was saved: {outcome}")

    def test_cancelling_kills_within_a_second(self, rig: Rig) -> None:
        rig.write("main.py", "import time; open('alive', 'w').close(); time.sleep(60)")
        for _ in range(3):  # a busy machine is given a second chance, and a third
            asked: list[float] = []

            def cancelled(asked: list[float] = asked) -> bool:
                if (rig.workspace / "alive").exists():
                    asked.append(time.monotonic())
                return bool(asked)

            outcome = rig.run(cancelled=cancelled)
            assert outcome.termination is Termination.KILLED
            assert "cancelled" in outcome.detail
            if time.monotonic() - asked[0] < 1 + self.network_seconds:
                return
            (rig.workspace / "alive").unlink()
        pytest.fail(f"it took {time.monotonic() - asked[0]:.1f} seconds")

    # CPU.

    def test_spinning_exhausts_the_cpu_budget(self, rig: Rig) -> None:
        outcome = rig.run(SPIN, cpu=0.3)
        assert outcome.termination is Termination.CPU_EXHAUSTED
        assert 300 <= outcome.cpu_ms <= 900

    def test_the_cpu_of_children_counts(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, time
            if os.fork() == 0:
                while True: pass
            time.sleep(60)
            """,
            cpu=0.3,
        )
        assert outcome.termination is Termination.CPU_EXHAUSTED

    def test_the_cpu_of_many_short_children_counts(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os
            while True:
                if os.fork() == 0:
                    for _ in range(100_000): pass
                    os._exit(0)
                os.wait()
            """,
            cpu=0.4,
            seconds=8,
        )
        assert outcome.termination is Termination.CPU_EXHAUSTED

    def test_the_cpu_of_daemons_counts(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, time
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    while True: pass
                time.sleep(0.2)
                os._exit(0)
            time.sleep(60)
            """,
            cpu=0.3,
            seconds=8,
        )
        assert outcome.termination is Termination.CPU_EXHAUSTED

    def test_cpu_is_measured(self, rig: Rig) -> None:
        outcome = rig.run(
            # From its own beginning: a process that became the agent has a past of ours.
            "import time\nat = time.process_time()\nwhile time.process_time() < at + 0.3: pass\n",
        )
        assert outcome.termination is Termination.COMPLETED
        assert 280 <= outcome.cpu_ms <= 600, outcome

    # Memory and processes.

    def test_a_memory_bomb_is_killed(self, rig: Rig) -> None:
        outcome = rig.run("kept = []\nwhile True: kept.append(b'x' * 1_000_000)\n", memory_mb=64)
        assert outcome.termination is Termination.OOM_KILLED
        assert "64 MB" in outcome.detail

    def test_memory_of_children_adds_up(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, time
            for _ in range(6):
                if os.fork() == 0:
                    kept = os.urandom(20_000_000)
                    time.sleep(60)
            time.sleep(60)
            """,
            memory_mb=64,
            seconds=8,
        )
        assert outcome.termination is Termination.OOM_KILLED

    def test_memory_within_the_limit_is_fine_and_measured(self, rig: Rig) -> None:
        outcome = rig.run("import time\nkept = b'x' * 40_000_000\ntime.sleep(0.3)\n", memory_mb=100)
        assert outcome.termination is Termination.COMPLETED
        assert 40_000_000 <= outcome.memory_peak_bytes <= 100_000_000

    def test_a_fork_bomb_is_contained(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, time
            for _ in range(1_000):
                try:
                    if os.fork() == 0:
                        time.sleep(60)
                except OSError:
                    print("refused")
                    os._exit(5)
                time.sleep(0.002)
            """,
            processes_max=16,
            memory_mb=1_000,
            seconds=8,
        )
        if outcome.termination is Termination.FAILED:
            assert outcome.log == "refused\n"
        else:
            assert outcome.termination is Termination.KILLED
            assert "16 processes" in outcome.detail

    # Output and files.

    def test_a_flood_of_output_is_drained_and_capped(self, rig: Rig) -> None:
        outcome = rig.run(
            "print('first')\nfor _ in range(2_000): print('x' * 999)\nprint('last')",
            output_bytes_max=10_000,
        )
        assert outcome.termination is Termination.COMPLETED
        assert outcome.log_truncated
        assert len(outcome.log.encode()) <= 10_000
        assert outcome.log.startswith("first\n")
        assert outcome.log.endswith("last\n")

    def test_absurd_output_ends_the_window(self, rig: Rig) -> None:
        outcome = rig.run("import os\nwhile True: os.write(1, b'x' * 65536)\n", cpu=30, seconds=20)
        assert outcome.termination is Termination.KILLED
        assert "printed" in outcome.detail

    def test_output_that_is_no_text_is_still_a_log(self, rig: Rig) -> None:
        outcome = rig.run("import os; os.write(1, bytes(range(256)))")
        assert outcome.termination is Termination.COMPLETED
        assert "\ufffd" in outcome.log

    def test_a_file_that_is_too_large_is_refused(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            try:
                with open("big", "wb") as file:
                    for _ in range(40): file.write(b"x" * 100_000)
            except OSError as error:
                print(error.strerror)
            """,
            workspace_bytes_max=1_000_000,
        )
        assert outcome.log == "File too large\n"
        assert (rig.workspace / "big").stat().st_size <= 1_000_000

    def test_a_workspace_that_grows_too_large_ends_the_window(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import time
            for number in range(30):
                open(f"part-{number}", "wb").write(b"x" * 100_000)
            time.sleep(60)
            """,
            workspace_bytes_max=1_000_000,
            seconds=8,
        )
        assert outcome.termination is Termination.KILLED
        assert "workspace" in outcome.detail
        assert outcome.workspace_bytes > 1_000_000

    def test_a_workspace_of_too_many_files_ends_the_window(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import time
            for number in range(100):
                open(f"part-{number}", "wb").close()
            time.sleep(60)
            """,
            workspace_files_max=50,
            seconds=8,
        )
        assert outcome.termination is Termination.KILLED
        assert "files" in outcome.detail

    def test_an_agent_can_clear_up_a_workspace_that_is_too_large(self, rig: Rig) -> None:
        rig.write("big", "x" * 2_000_000)
        outcome = rig.run(
            "import os, time; time.sleep(0.8); os.unlink('big')", workspace_bytes_max=1_000_000
        )
        assert outcome.termination is Termination.COMPLETED
        assert outcome.workspace_bytes < 1_000_000

    def test_the_workspace_is_measured_and_persists(self, rig: Rig) -> None:
        first = rig.run("open('state.json', 'w').write('x' * 1000)")
        second = rig.run("print(open('state.json').read() == 'x' * 1000)")
        assert second.log == "True\n"
        assert first.workspace_files == 3  # main.py, state.json, the copy of env.json
        assert 1_000 < first.workspace_bytes < 3_000

    def test_temporary_files_do_not_persist(self, rig: Rig) -> None:
        source = """
            import os, tempfile
            path = os.path.join(tempfile.gettempdir(), "kept")
            print(os.path.exists(path))
            open(path, "w").close()
        """
        assert [rig.run(source).log, rig.run(source).log] == ["False\n", "False\n"]

    def test_temporary_files_are_bounded(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, tempfile, time
            try:
                for number in range(200):
                    path = os.path.join(tempfile.gettempdir(), str(number))
                    open(path, "wb").write(b"x" * 500_000)
            except OSError as error:
                print(error.strerror)
                os._exit(1)
            time.sleep(60)
            """,
            workspace_bytes_max=1_000_000,
            memory_mb=300,
            seconds=8,
        )
        if outcome.termination is Termination.FAILED:
            assert outcome.log == "No space left on device\n"
        else:
            assert outcome.termination is Termination.KILLED
            assert "temporary" in outcome.detail

    # What the agent sees.

    def test_env_json_tells_the_window_and_has_a_copy(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import json, os
            document = json.load(open(os.environ["ENV_JSON_PATH"]))
            print(document["agent_id"], document["credits"])
            print(document["system_service_url"] == os.environ["SYSTEM_SERVICE_URL"])
            print(json.load(open("env.json")) == document)
            """
        )
        assert outcome.log == "ada 12.5\nTrue\nTrue\n"

    def test_env_json_is_read_only(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os
            path = os.environ["ENV_JSON_PATH"]
            for deed in (lambda: open(path, "w"), lambda: os.chmod(path, 0o666),
                         lambda: os.unlink(path), lambda: os.rename("main.py", path)):
                try:
                    deed()
                    print("done")
                except OSError:
                    print("refused")
            """
        )
        assert outcome.log == "refused\n" * 4

    def test_planting_things_at_env_json_harms_nobody(self, rig: Rig) -> None:
        target = rig.workspace.parent / "target"
        target.write_text("untouched")
        (rig.workspace / "env.json").symlink_to(target)
        assert rig.run("print(open('env.json').read()[0])").log == "{\n"
        assert target.read_text() == "untouched"
        (rig.workspace / "env.json").unlink()
        (rig.workspace / "env.json").mkdir()
        assert rig.run("print('alive')").log == "alive\n"

    def test_closing_ones_own_workspace_gains_nothing(self, rig: Rig) -> None:
        source = "import os; open('a', 'w').write('x' * 500); os.chmod('.', 0); print('closed')"
        first = rig.run(source)
        second = rig.run()  # no fault of ours, no free attempt: it simply goes on
        for outcome in (first, second):
            assert (outcome.termination, outcome.log) == (Termination.COMPLETED, "closed\n")
        assert first.workspace_files == second.workspace_files == 3

    def test_closed_folders_hide_nothing(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os
            os.mkdir("closed")
            open("closed/file", "w").write("x" * 5_000)
            os.chmod("closed", 0)
            """
        )
        assert outcome.workspace_bytes > 5_000

    def test_many_orphans_do_not_use_up_the_processes(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, time
            for _ in range(60):
                if os.fork() == 0:
                    if os.fork() == 0:
                        os._exit(0)
                    os._exit(0)
                os.wait()
                time.sleep(0.02)
            print("alive")
            """,
            processes_max=30,
        )
        assert (outcome.termination, outcome.log) == (Termination.COMPLETED, "alive\n")

    def test_the_environment_holds_what_was_given_and_nothing_of_the_host(
        self, rig: Rig, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SYNTROPISM_SECRETS_SIGNING_KEY", "secret")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        outcome = rig.run("import os\nfor item in sorted(os.environ.items()): print(*item)")
        assert "secret" not in outcome.log
        names = {line.split(" ")[0] for line in outcome.log.splitlines()}
        assert names <= {
            *("AGENT_ID", "SYSTEM_SERVICE_TOKEN", "SYSTEM_SERVICE_URL", "SYSTEM_SERVICE_SOCKET"),
            *("ENV_JSON_PATH", "WORKSPACE_PATH", "OPENAI_BASE_URL", "MCP_URL", "PYTHONPATH"),
            *("HOME", "PATH", "PWD", "LANG", "LC_CTYPE", "TMPDIR", "SANDBOX_WINDOW"),
            *("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"),
        }
        assert {"AGENT_ID", "SYSTEM_SERVICE_TOKEN", "WORKSPACE_PATH", "HOME", "PATH"} <= names

    def test_the_environment_of_the_worker_cannot_be_read(
        self, rig: Rig, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HIDDEN", "secret")
        outcome = rig.run(
            """
            import glob
            for path in glob.glob("/proc/[0-9]*/environ"):
                try:
                    print("secret" in open(path, errors="replace").read())
                except OSError:
                    pass
            """
        )
        assert "True" not in outcome.log

    def test_urls_follow_the_contract(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os
            url = os.environ["SYSTEM_SERVICE_URL"]
            print(url.endswith("/api/v1"))
            print(os.environ["OPENAI_BASE_URL"] == url + "/llm/v1")
            print(os.environ["MCP_URL"] == url + "/mcp")
            """
        )
        assert outcome.log == "True\n" * 3

    def test_the_sdk_can_be_imported(self, rig: Rig) -> None:
        outcome = rig.run("import syntropism_sdk; print(syntropism_sdk.__name__)")
        assert outcome.log == "syntropism_sdk\n"

    def test_limits_of_descriptors_and_core_files_are_set(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import resource
            print(resource.getrlimit(resource.RLIMIT_CORE) == (0, 0))
            print(resource.getrlimit(resource.RLIMIT_NOFILE)[1] <= 256)
            print("NoNewPrivs:\\t1" in open("/proc/self/status").read())
            """
        )
        assert outcome.log == "True\n" * 3

    def test_no_descriptor_of_ours_is_left_open(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os
            for number in range(3, 256):
                try:
                    print(number, os.fstat(number))
                except OSError:
                    pass
            print(os.read(0, 1))
            """
        )
        assert outcome.log == "b''\n"

    # The System Service.

    def test_the_service_answers_over_tcp(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, urllib.request
            url = os.environ["SYSTEM_SERVICE_URL"] + "/economic/balance"
            print(urllib.request.urlopen(url).read().decode())
            """
        )
        assert outcome.log == '{"data": {"path": "/api/v1/economic/balance"}}\n'

    def test_the_service_answers_over_the_unix_socket(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import http.client, os, socket
            connection = http.client.HTTPConnection("localhost")
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(os.environ["SYSTEM_SERVICE_SOCKET"])
            for _ in range(2):
                connection.request("GET", "/api/v1/execution")
                print(connection.getresponse().read().decode())
            """
        )
        assert outcome.log == '{"data": {"path": "/api/v1/execution"}}\n' * 2

    def test_a_service_that_is_down_is_an_error_inside_only(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, urllib.request
            try:
                urllib.request.urlopen(os.environ["SYSTEM_SERVICE_URL"], timeout=5)
            except OSError:
                print("down")
            """,
            service_address=("127.0.0.1", 9),
        )
        assert (outcome.termination, outcome.log) == (Termination.COMPLETED, "down\n")

    def test_nothing_else_is_reachable(self, rig: Rig) -> None:
        outcome = rig.run(
            f"""
            import socket
            for target in (("{rig.address[0]}", {rig.address[1]}), ("1.1.1.1", 53)):
                try:
                    socket.create_connection(target, timeout=2)
                    print("reached", target)
                except OSError:
                    print("refused")
            print([name for _, name in socket.if_nameindex()])
            """
        )
        assert outcome.log == "refused\nrefused\n['lo']\n"

    # Isolation.

    def test_the_host_cannot_be_read(self, rig: Rig) -> None:
        secret = rig.workspace.parent / "secret"
        secret.write_text("secret")
        outcome = rig.run(
            f"""
            import os
            for path in ({str(secret)!r}, "/etc/shadow", "/etc/machine-id", "/var", "/home"):
                print(os.path.exists(path))
            """
        )
        assert outcome.log == "False\n" * 5

    def test_only_the_workspace_and_temporary_files_can_be_written(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, sys
            bases = {"/usr", "/usr/bin", sys.prefix, os.path.dirname(os.__file__)}
            large = {"/proc", "/usr", "/lib", "/lib64", sys.prefix}
            for base, folders, _ in os.walk("/"):
                bases.add(base)
                folders[:] = [f for f in folders if os.path.join(base, f) not in large]
            writable = []
            for base in bases:
                try:
                    open(os.path.join(base, "probe-of-writing"), "w").close()
                    writable.append(base)
                except OSError:
                    pass
            print(sorted(writable))
            """
        )
        assert outcome.log == "['/dev/shm', '/tmp', '/workspace']\n"

    def test_other_processes_cannot_be_seen(self, rig: Rig) -> None:
        outcome = rig.run("import os; print(len([n for n in os.listdir('/proc') if n.isdigit()]))")
        assert int(outcome.log) <= 2

    def test_root_is_nowhere_to_be_had(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os
            print(os.getuid() != 0, os.geteuid() != 0)
            try:
                os.setuid(0)
                print("root")
            except OSError:
                print("refused")
            status = open("/proc/self/status").read()
            print("CapEff:\\t0000000000000000" in status, "CapPrm:\\t0000000000000000" in status)
            """
        )
        assert outcome.log == "True True\nrefused\nTrue True\n"

    # Ends.

    def test_daemons_die_with_the_window(self, rig: Rig) -> None:
        outcome = rig.run(
            """
            import os, time
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    for number in range(200):
                        open("beat", "w").write(str(number))
                        time.sleep(0.02)
                os._exit(0)
            os.wait()
            time.sleep(0.3)
            """
        )
        assert outcome.termination is Termination.COMPLETED
        beat = (rig.workspace / "beat").read_text()
        time.sleep(0.2)
        assert (rig.workspace / "beat").read_text() == beat

    def test_windows_run_side_by_side(self, rig: Rig) -> None:
        rig.write(
            "main.py",
            """
            import glob, os, time
            open(f"here-{os.environ['N']}", "w").close()
            while len(glob.glob("here-*")) < 8:  # each waits until all are there
                time.sleep(0.02)
            print(os.environ["N"])
            """,
        )
        logs: list[str] = []

        def live(number: int) -> None:
            outcome = rig.run(environment={"N": str(number)}, attempt=100 + number, seconds=60)
            logs.append(outcome.log)

        threads = [threading.Thread(target=live, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(logs) == [f"{number}\n" for number in range(8)]

    def test_a_probe_says_what_is_enforced(self, rig: Rig) -> None:
        report = rig.sandbox.probe()
        assert report.available
        assert report.name
        assert report.enforces

    def test_cleaning_up_leaves_what_is_alive(self, rig: Rig) -> None:
        cleaned = threading.Event()

        def clean() -> bool:
            if (rig.workspace / "alive").exists() and not cleaned.is_set():
                rig.sandbox.cleanup(0)
                cleaned.set()
            return False

        outcome = rig.run(
            "import time; open('alive', 'w').close(); time.sleep(1); print('hello')",
            cancelled=clean,
        )
        assert cleaned.is_set()
        assert (outcome.termination, outcome.log) == (Termination.COMPLETED, "hello\n")
