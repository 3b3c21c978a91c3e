"""The contract, where an agent is a Python function of this very process.

Little of it can hold there, and ``probe`` says so: every exception is named here with its reason,
and a test of the suite that nobody named must pass.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from tests.contracts.sandbox.rig import Rig
from tests.contracts.sandbox.suite import SandboxContract

from syntropism.adapters.inprocess.sandbox import InProcessSandbox
from syntropism.application.ports.sandbox import Termination

PRINTS = "what a function prints is the output of the process it lives in"
RUNS = "a function is called; there is no program to start"
CLOCK = "Python cannot interrupt a call: it lasts as long as it lasts"
METERS = "CPU, memory and files of a function are those of the process it lives in"
WALLS = "a function sees all that the process sees, and there is no socket: it is handed its client"
WORKSPACE = "a function is handed its workspace and env.json as objects, not as folders"

DEVIATIONS = {
    PRINTS: """
        an_agent_that_ends_completes an_exit_code_is_a_failure_and_reported windows_run_side_by_side
        a_flood_of_output_is_drained_and_capped absurd_output_ends_the_window
        output_that_is_no_text_is_still_a_log the_workspace_is_measured_and_persists
    """,
    RUNS: """
        dying_by_a_signal_is_the_agents_failure killing_oneself_is_a_failure_and_no_memory_excess
        nothing_to_run_is_the_agents_failure an_executable_run_comes_before_main
        a_run_that_cannot_be_executed_is_the_agents_failure cleaning_up_leaves_what_is_alive
        a_fork_bomb_is_contained many_orphans_do_not_use_up_the_processes
        daemons_die_with_the_window
    """,
    CLOCK: """
        the_deadline_ends_a_window ignoring_sigterm_does_not_help sigterm_leaves_a_moment_to_save
        cancelling_kills_within_a_second spinning_exhausts_the_cpu_budget
    """,
    METERS: """
        the_cpu_of_children_counts the_cpu_of_many_short_children_counts
        the_cpu_of_daemons_counts cpu_is_measured a_memory_bomb_is_killed
        memory_of_children_adds_up memory_within_the_limit_is_fine_and_measured
        a_file_that_is_too_large_is_refused a_workspace_that_grows_too_large_ends_the_window
        a_workspace_of_too_many_files_ends_the_window
        an_agent_can_clear_up_a_workspace_that_is_too_large
    """,
    WALLS: """
        temporary_files_do_not_persist temporary_files_are_bounded
        the_environment_holds_what_was_given_and_nothing_of_the_host
        the_environment_of_the_worker_cannot_be_read urls_follow_the_contract
        the_sdk_can_be_imported limits_of_descriptors_and_core_files_are_set
        no_descriptor_of_ours_is_left_open the_service_answers_over_tcp
        the_service_answers_over_the_unix_socket a_service_that_is_down_is_an_error_inside_only
        nothing_else_is_reachable the_host_cannot_be_read
        only_the_workspace_and_temporary_files_can_be_written other_processes_cannot_be_seen
        root_is_nowhere_to_be_had
    """,
    WORKSPACE: """
        a_missing_workspace_is_a_fault_of_ours env_json_tells_the_window_and_has_a_copy
        env_json_is_read_only planting_things_at_env_json_harms_nobody
        closing_ones_own_workspace_gains_nothing closed_folders_hide_nothing
    """,
}


def _program(_agent_id, files):
    """The function that an agent's ``main.py`` is."""
    source = compile(files["main.py"], "main.py", "exec")
    return lambda _me: exec(source, {"__name__": "__main__"})


class _Rig(Rig):
    """Functions are handed ``env.json`` as a document, which must be whole."""

    def run(self, source=None, **given):
        env = {"agent_id": "ada", "execution_id": "execution", "credits": 12.5}
        return super().run(source, **{"env_document": env} | given)


class TestInProcess(SandboxContract):
    deviations: ClassVar[Mapping[str, str]] = {
        f"test_{name}": reason for reason, names in DEVIATIONS.items() for name in names.split()
    }

    @pytest.fixture
    def rig(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
        monkeypatch.chdir(tmp_path)  # where a function is, its files are
        workspace = tmp_path / "workspace"
        workspace.mkdir()
        return _Rig(InProcessSandbox(None, None, _program), workspace, ("127.0.0.1", 0))

    def test_every_named_deviation_is_a_test_of_the_suite(self):
        assert all(hasattr(SandboxContract, name) for name in self.deviations)

    def test_exit_codes_are_told_apart(self, rig: Rig):
        for source, expected in (
            ("pass", (Termination.COMPLETED, 0)),
            ("raise SystemExit(3)", (Termination.FAILED, 3)),
            ("raise SystemExit('no')", (Termination.FAILED, 1)),
            ("1 / 0", (Termination.FAILED, 1)),
        ):
            outcome = rig.run(source)
            assert (outcome.termination, outcome.exit_code) == expected

    def test_a_window_that_is_cancelled_before_it_begins_is_not_lived(self, rig: Rig):
        outcome = rig.run("raise AssertionError('lived')", cancelled=lambda: True)
        assert (outcome.termination, outcome.log) == (Termination.KILLED, "")
