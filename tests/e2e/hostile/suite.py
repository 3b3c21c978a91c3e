"""Attacks that every provider which isolates must hold. Inherit ``HostileSuite``."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from tests.contracts.sandbox.rig import Rig
from tests.e2e.hostile import attacks

from syntropism.application.ports.sandbox import Termination, WindowOutcome


def addresses_of_this_host() -> list[str]:
    """Every IPv4 address that reaches us, as far as it can be found without tools."""
    found = {"127.0.0.1"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found.add(probe.getsockname()[0])
        except OSError:
            pass
    return sorted(found)


def assert_refused(outcome: WindowOutcome) -> None:
    """Every attempt was refused, and there were some."""
    done = [line for line in outcome.log.splitlines() if "DONE" in line]
    assert done == [], outcome
    assert "refused" in outcome.log, outcome
    assert outcome.termination is Termination.COMPLETED, outcome


class HostileSuite:
    """Inherited by the tests of each provider; after each attack a decent agent lives."""

    @pytest.fixture
    def rig(self) -> Rig:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _the_economy_goes_on(self, rig: Rig) -> Iterator[None]:
        yield
        decent = rig.run(
            attacks.PRELUDE + attacks.DECENT,
            workspace_bytes_max=1 << 30,
            workspace_files_max=1_000_000,
        )
        assert (decent.termination, decent.log) == (Termination.COMPLETED, "decent\n")

    def attack(self, rig: Rig, source: str, **limits: object) -> WindowOutcome:
        """One window of an attacker."""
        return rig.run(attacks.PRELUDE + source, **limits)  # type: ignore[arg-type]

    def test_the_host_and_others_cannot_be_read(
        self, rig: Rig, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WORKER_SECRET", "secret")
        other = rig.workspace.parent / "agent-other"
        other.mkdir()
        secret = other / "diary"
        secret.write_text("secret")
        assert_refused(
            self.attack(rig, attacks.READ_THE_HOST.format(secrets=[str(secret), str(other)]))
        )

    def test_no_address_can_be_reached(self, rig: Rig) -> None:
        with socket.create_server(("0.0.0.0", 0)) as everywhere:
            source = attacks.REACH_THE_NETWORK.format(
                addresses=addresses_of_this_host(),
                ports=[everywhere.getsockname()[1], rig.address[1]],
            )
            assert_refused(self.attack(rig, source, seconds=20))

    def test_agents_cannot_reach_each_other(self, rig: Rig) -> None:
        rig.write("main.py", attacks.PRELUDE + attacks.MEET)
        outcomes: list[WindowOutcome] = []

        def live(number: int) -> None:
            environment = {"N": str(number)}
            outcomes.append(rig.run(environment=environment, attempt=100 + number, seconds=40))

        threads = [threading.Thread(target=live, args=(number,)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for outcome in outcomes:
            assert "met True" in outcome.log, outcome
            done = [line for line in outcome.log.splitlines() if "DONE" in line]
            assert [line for line in done if not line.startswith("memory of mine")] == [], outcome
            assert outcome.log.count("refused") >= 3, outcome
            assert outcome.termination is Termination.COMPLETED, outcome

    def test_the_kernel_refuses_what_only_root_may(self, rig: Rig) -> None:
        assert_refused(self.attack(rig, attacks.CALL_THE_KERNEL))

    def test_dangerous_calls_are_filtered(self, rig: Rig) -> None:
        assert_refused(self.attack(rig, attacks.FILTERED_CALLS))

    def test_tracing_the_init_process_does_not_stop_the_clock(self, rig: Rig) -> None:
        outcome = self.attack(rig, attacks.TRACE_INIT, seconds=1)
        assert outcome.termination is Termination.TIMED_OUT
        assert outcome.wall_ms < 3_000

    def test_a_memory_bomb_in_the_agent_is_named(self, rig: Rig) -> None:
        outcome = self.attack(rig, attacks.STARVE_ITSELF, memory_mb=64)
        assert outcome.termination is Termination.OOM_KILLED

    def test_a_memory_bomb_in_a_child_is_named(self, rig: Rig) -> None:
        outcome = self.attack(rig, attacks.STARVE_IN_A_CHILD, memory_mb=64)
        # Whether the agent is quicker to leave than we to see it: both are told.
        if outcome.termination is Termination.COMPLETED:
            assert (outcome.exit_code, "memory" in outcome.detail) == (0, True), outcome
        else:
            assert outcome.termination is Termination.OOM_KILLED, outcome

    def test_spinning_in_children_ends_with_the_budget(self, rig: Rig) -> None:
        outcome = self.attack(rig, attacks.SPIN_IN_CHILDREN, cpu=0.5)
        assert outcome.termination is Termination.CPU_EXHAUSTED
        assert outcome.cpu_ms <= 1_200

    def test_a_gigabyte_of_log_harms_nobody(self, rig: Rig) -> None:
        outcome = self.attack(rig, attacks.FLOOD, cpu=30, seconds=20, output_bytes_max=100_000)
        assert outcome.termination is Termination.KILLED
        assert "printed" in outcome.detail
        assert len(outcome.log.encode()) <= 100_000
        assert outcome.log_truncated

    def test_filling_the_disk_ends_the_window(self, rig: Rig) -> None:
        outcome = self.attack(
            rig, attacks.FILL_THE_DISK, workspace_bytes_max=5_000_000, cpu=20, memory_mb=256
        )
        assert outcome.termination is Termination.KILLED
        assert "workspace" in outcome.detail

    def test_filling_the_inodes_ends_the_window(self, rig: Rig) -> None:
        outcome = self.attack(rig, attacks.FILL_THE_INODES, workspace_files_max=500, cpu=20)
        assert outcome.termination is Termination.KILLED
        assert "files" in outcome.detail

    def test_a_fork_bomb_hurts_only_itself(self, rig: Rig) -> None:
        outcome = self.attack(rig, attacks.FORK, cpu=1, seconds=2, processes_max=16)
        assert outcome.termination is not Termination.COMPLETED
        assert outcome.wall_ms < 5_000

    def test_races_on_files_lead_nowhere(self, rig: Rig) -> None:
        target = rig.workspace.parent / "target"
        target.write_text("untouched")
        stop = threading.Event()
        outcomes: list[WindowOutcome] = []

        def race() -> None:
            source = attacks.RACE.format(target=str(target))
            outcomes.append(self.attack(rig, source))
            stop.set()

        thread = threading.Thread(target=race)
        thread.start()
        while not stop.wait(0.01) and thread.is_alive():
            rig.sandbox.cleanup(3_600)
        thread.join()
        assert outcomes[0].log == "raced\n", outcomes
        assert target.read_text() == "untouched"
        again = rig.run("print(open('/run/syntropism/env.json').read(1))")
        assert again.log == "{\n"
        assert target.read_text() == "untouched"

    def test_planted_things_are_met_with_care(self, rig: Rig) -> None:
        outcome = self.attack(rig, attacks.PLANT)
        assert outcome.log == "device refused\nplanted\n"
        assert outcome.workspace_files <= 20

    def test_hammering_the_socket_is_borne(self, rig: Rig) -> None:
        outcome = self.attack(rig, attacks.HAMMER, cpu=8, memory_mb=200)
        assert outcome.log == "hammered\n", outcome

    def test_neither_signals_nor_daemons_outlast_the_deadline(self, rig: Rig) -> None:
        started = time.monotonic()
        outcome = self.attack(rig, attacks.STUBBORN, seconds=1)
        assert outcome.termination is Termination.TIMED_OUT
        assert time.monotonic() - started < 10
