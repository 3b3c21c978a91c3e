"""What every desk must do for its worker, whichever way it reaches the economy."""

import pytest
from attrs import frozen
from tests.unit.application.conftest import Town

from syntropism.application.commands import windows
from syntropism.application.commands.dying import kill_agent
from syntropism.application.ports.sandbox import Termination, WindowOutcome
from syntropism.application.ports.tokens import TokenIssuer
from syntropism.application.ports.worker_desk import HeldWindow, WorkerDesk
from syntropism.domain.credits import MICRO
from syntropism.domain.economy.accounts import BURN
from syntropism.domain.errors import Conflict
from syntropism.domain.execution.executions import ExecutionStatus as S
from syntropism.domain.market.resources import Bundle
from syntropism.testing import check_laws

PLAIN = Bundle("0.5", 64, 10)


@frozen(kw_only=True)
class Counter:
    """An economy and the desk of one worker, ``ada``."""

    town: Town
    desk: WorkerDesk
    tokens: TokenIssuer

    def won(self, number: int = 1) -> None:
        for one in range(number):
            self.town.born(f"agent-{one}", bundle=PLAIN)
        self.town.clear()

    def window(self, held: HeldWindow):
        return self.town.window(held.execution_id)


class WorkerDeskContract:
    """The suite."""

    @pytest.fixture(autouse=True)
    def laws(self, counter: Counter):
        yield
        counter.town.ask(lambda uow: check_laws(uow, counter.town.rules.parameters))

    def test_it_leases_what_is_queued_with_the_files_agents_were_born_with(self, counter: Counter):
        counter.won(3)
        leased = counter.desk.lease(2)
        assert len(leased) == 2
        assert counter.desk.lease(5)[0].execution_id > leased[1].execution_id
        for one in leased:
            kept = counter.window(one)
            assert (kept.status, kept.worker_id, kept.attempt) == (S.LEASED, "ada", 1)
            assert (one.agent_id, one.attempt, one.bundle) == (kept.agent_id, 1, PLAIN)
            assert one.files == {"main.py": b""}
        assert list(counter.desk.lease(5)) == []

    def test_a_start_brings_the_env_and_a_token_that_proves_the_attempt(self, counter: Counter):
        counter.won()
        (held,) = counter.desk.lease(1)
        started = counter.desk.start(held)
        kept = counter.window(held)
        assert kept.status is S.RUNNING
        assert started.env["execution_id"] == held.execution_id
        assert started.env["bundle"] == PLAIN.document
        assert started.env["credits"] == counter.town.balance(held.agent_id) / MICRO
        proven = counter.tokens.verify(started.token, counter.town.clock.now())
        assert (proven.agent_id, proven.execution_id, proven.attempt) == (
            held.agent_id,
            held.execution_id,
            1,
        )
        assert counter.town.service.balance(proven)

    def test_an_outcome_is_kept_as_it_was_reported(self, counter: Counter):
        counter.won()
        (held,) = counter.desk.lease(1)
        started = counter.desk.start(held)
        outcome = WindowOutcome(
            termination=Termination.FAILED,
            exit_code=3,
            cpu_ms=120,
            memory_peak_bytes=2**33,
            wall_ms=900,
            workspace_bytes=17,
            workspace_files=2,
            detail="exit code 3",
            log="grüße\n\ud800",
        )
        for _ in range(2):
            counter.desk.report(held, outcome, started.env)
        kept = counter.window(held)
        assert (kept.status, kept.exit_code, kept.detail) == (S.FAILED, 3, "exit code 3")
        usage = kept.usage
        assert (usage.cpu_ms, usage.memory_peak_bytes, usage.wall_ms) == (120, 2**33, 900)
        assert (usage.workspace_bytes, usage.workspace_files) == (17, 2)
        (letter,) = counter.town.ask(lambda uow: uow.dead_letters.page(10))
        assert letter.env == started.env
        assert counter.town.ask(lambda uow: uow.executions.log(held.execution_id))[:5] == "grüße"

    def test_a_fault_of_ours_is_tried_again_and_refunded_in_the_end(self, counter: Counter):
        counter.won()
        most = counter.town.rules.parameters.max_attempts
        burned = counter.town.balance(BURN)
        for attempt in range(1, most + 1):
            (held,) = counter.desk.lease(1)
            assert held.attempt == attempt
            for _ in range(2):
                counter.desk.lose(held, "the disk is full", {"a": 1})
        kept = counter.window(held)
        assert (kept.status, kept.refunded, kept.attempt) == (S.DEAD_LETTERED, True, most)
        assert counter.town.balance(BURN) == burned - kept.payment
        (letter,) = counter.town.ask(lambda uow: uow.dead_letters.page(10))
        assert (letter.reason, letter.env, letter.ours) == ("the disk is full", {"a": 1}, True)

    def test_what_is_no_longer_current_cannot_start_and_does_not_go_on(self, counter: Counter):
        counter.won(2)
        leased, running = counter.desk.lease(2)
        counter.desk.start(running)
        assert counter.desk.goes_on(running)
        for one in (leased, running):
            counter.town.do(lambda fx, one=one: kill_agent(fx, one.agent_id))
        counter.town.clock.sleep(1.5)
        with pytest.raises(Conflict):
            counter.desk.start(leased)
        assert not counter.desk.goes_on(running)
        counter.desk.report(running, WindowOutcome(termination=Termination.COMPLETED), {})
        assert counter.window(running).status is S.KILLED

    def test_what_another_worker_has_now_is_left_alone(self, counter: Counter):
        counter.won()
        (held,) = counter.desk.lease(1)
        counter.desk.start(held)
        counter.town.clock.sleep(100)
        counter.town.do(windows.recover_windows)
        counter.town.do(lambda fx: windows.lease_windows(fx, "bob", 1, 60_000))
        assert not counter.desk.goes_on(held)
        counter.desk.report(held, WindowOutcome(termination=Termination.COMPLETED), {})
        counter.desk.lose(held, "late", {})
        kept = counter.window(held)
        assert (kept.status, kept.attempt, kept.worker_id) == (S.LEASED, 2, "bob")
