"""What every execution queue must do, together with the rows that decide.

An adapter's test module makes a ``bench`` fixture (see :class:`Bench`) and inherits
:class:`ExecutionQueueContract`.
"""

import pytest
from attrs import frozen
from tests.unit.application.conftest import Town

from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.application.commands import windows, working
from syntropism.application.commands.dying import kill_agent
from syntropism.application.desk import Desk
from syntropism.application.operators.identity import LOCAL
from syntropism.application.ports.execution_queue import ExecutionQueue, QueueItem
from syntropism.application.ports.sandbox import Termination, WindowOutcome
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.errors import Conflict
from syntropism.domain.execution.executions import ExecutionStatus as S
from syntropism.domain.execution.workers import DeclaredWorker
from syntropism.domain.market.resources import Bundle
from syntropism.testing import check_laws

TOKENS = EdDsaTokens(new_key())
PLAIN = Bundle("0.5", 64, 10)
WIDE = Bundle(2, 64, 10)
DONE = WindowOutcome(termination=Termination.COMPLETED, exit_code=0)


@frozen(kw_only=True)
class Bench:
    """An economy, a queue, and the times after which it is to stir. All times in seconds;
    ``wait`` lets them pass for the store and for the queue. ``delays`` says that what is given
    back stays away for the time that was asked for: a named deviation of the rows, which are
    simply there."""

    town: Town
    queue: ExecutionQueue
    lease: float = 60.0
    claim: float = 60.0
    patience: float = 5.0
    delays: bool = True

    def wait(self, seconds: float) -> None:
        self.town.clock.sleep(seconds)

    def desk(self, name: str = "ada") -> Desk:
        return Desk(
            worker_id=name,
            store=self.town.store,
            rules=self.town.rules,
            tokens=TOKENS,
            queue=self.queue,
            lease_ms=int(self.lease * 1000),
            renews=True,
        )

    def declare(self, worker: str, cpu_milli: int) -> None:
        """A worker says what it has room for."""

        def sign_on(fx):
            declared = DeclaredWorker(
                id=worker,
                cpu_milli=cpu_milli,
                memory_milli_mb=10**7,
                slots=9,
                heartbeat_at=fx.now,
                expires_at=fx.now,
            )
            working.sign_on(fx, declared.seen(fx.now, 10**7))

        self.town.do(sign_on)

    def won(self, number: int = 1) -> list[str]:
        """So many windows, won and offered; in order."""
        for one in range(number):
            self.town.born(f"agent-{one}", bundle=PLAIN)
        self.town.clear()
        self.offer()
        return [one.id for one in self.queued()]

    def queued(self):
        found = self.town.ask(lambda uow: uow.executions.unfinished())
        return [one for one in found if one.status is S.QUEUED]

    def offer(self, worker: str | None = None) -> None:
        """What the orchestrator does after every step: tells of all that is queued."""
        self.queue.offer([QueueItem(one.id, one.attempt, worker) for one in self.queued()])

    def offered_to(self, worker: str) -> str:
        """One window that was won, and offered to ``worker``."""
        self.town.born("agent", bundle=PLAIN)
        self.town.clear(offered_to=worker)
        self.offer(worker)
        return self.queued()[0].id

    def told(self, worker: str = "ada", limit: int = 10) -> list[str]:
        return [one.execution_id for one in self.queue.claim(worker, limit)]

    def charges(self, kind: TransferKind = TransferKind.PAYMENT) -> int:
        return len(self.town.ask(lambda uow: uow.ledger.transfers_since(None, 1000, [kind])))


class ExecutionQueueContract:
    """The suite."""

    @pytest.fixture(autouse=True)
    def laws(self, bench: Bench):
        yield
        bench.town.ask(lambda uow: check_laws(uow, bench.town.rules.parameters))

    def test_nothing_is_told_while_nothing_is_queued(self, bench: Bench):
        assert bench.told() == []
        assert list(bench.desk().lease(5)) == []

    def test_the_oldest_are_told_first_and_no_more_than_asked_for(self, bench: Bench):
        won = bench.won(4)
        assert bench.told(limit=3) == won[:3]

    def test_what_was_claimed_and_forgotten_is_told_again(self, bench: Bench):
        won = bench.won(2)
        assert bench.told() == won
        bench.wait(bench.claim + 1)
        assert bench.told() == won

    def test_a_window_is_told_first_to_the_worker_it_was_offered_to(self, bench: Bench):
        window = bench.offered_to("bob")
        assert bench.told("ada") == []
        assert bench.told("bob") == [window]

    def test_another_worker_is_told_after_a_while_if_that_one_is_gone(self, bench: Bench):
        window = bench.offered_to("bob")
        bench.wait(bench.patience + 1)
        assert bench.told("ada") == [window]

    def test_two_workers_never_lease_the_same_window(self, bench: Bench):
        won = bench.won(4)
        leased = [*bench.desk("ada").lease(3), *bench.desk("bob").lease(3)]
        assert sorted(one.execution_id for one in leased) == won
        assert all(one.attempt == 1 for one in leased)

    def test_two_workers_that_were_told_of_the_same_window_do_not_both_get_it(self, bench: Bench):
        bench.won(1)
        first = bench.desk("ada").lease(1)
        bench.offer()
        bench.queue.offer([QueueItem(first[0].execution_id, 0)])
        bench.wait(bench.patience + 1)
        assert list(bench.desk("bob").lease(1)) == []
        assert bench.desk("ada").goes_on(first[0])

    def test_windows_too_large_for_a_worker_do_not_hide_those_behind_them(self, bench: Bench):
        for number in range(3):
            bench.town.born(f"wide-{number}", bundle=WIDE)
        bench.town.clear()
        bench.town.close()
        bench.town.born("slim", bundle=PLAIN)
        bench.town.clear()
        bench.offer()
        assert [one.bundle for one in bench.queued()] == [WIDE, WIDE, WIDE, PLAIN]
        slim = bench.queued()[-1].id
        bench.declare("small", cpu_milli=60)
        (leased,) = bench.desk("small").lease(1)
        assert leased.execution_id == slim
        bench.declare("tall", cpu_milli=1_000)
        bench.wait(bench.patience + 1)
        assert len(bench.desk("tall").lease(9)) == 3

    def test_offers_can_be_repeated(self, bench: Bench):
        bench.won(3)
        bench.offer()
        bench.offer()
        leased = bench.desk().lease(10)
        assert len({one.execution_id for one in leased}) == len(leased) == 3
        for window in leased:
            bench.desk().start(window)
            bench.desk().report(window, DONE, {})
        bench.offer()
        bench.wait(bench.claim + 1)
        assert list(bench.desk().lease(10)) == []
        assert bench.charges() == 3

    def test_a_window_whose_worker_is_gone_is_told_again_for_another_attempt(self, bench: Bench):
        bench.won(1)
        lost = bench.desk("ada").lease(1)[0]
        bench.desk("ada").start(lost)
        bench.wait(max(bench.lease, bench.claim) + 1)
        again = self._leased_again(bench, "bob")
        assert (again.execution_id, again.attempt) == (lost.execution_id, 2)

    def test_a_stale_attempt_changes_nothing(self, bench: Bench):
        bench.won(1)
        stale = bench.desk("ada").lease(1)[0]
        bench.desk("ada").start(stale)
        bench.wait(max(bench.lease, bench.claim) + 1)
        again = self._leased_again(bench, "bob")
        bench.desk("bob").start(again)
        ada = bench.desk("ada")
        assert not ada.goes_on(stale)
        with pytest.raises(Conflict):
            ada.start(stale)
        ada.report(stale, DONE, {})
        ada.lose(stale, "late", {})
        now = bench.town.window(stale.execution_id)
        assert (now.status, now.attempt, now.worker_id) == (S.RUNNING, 2, "bob")
        bench.desk("bob").report(again, DONE, {})
        bench.desk("bob").report(again, DONE, {})
        assert bench.town.window(stale.execution_id).status is S.COMPLETED
        assert (bench.charges(), bench.charges(TransferKind.REFUND)) == (1, 0)

    @pytest.mark.parametrize("late", ["reports", "loses"])
    def test_what_a_stale_attempt_says_does_not_silence_the_next_one(self, bench: Bench, late):
        (won,) = bench.won(1)
        ada = bench.desk("ada")
        stale = ada.lease(1)[0]
        ada.start(stale)
        bench.town.do(lambda fx: windows.recover_windows(fx, everything=True))
        if late == "reports":
            ada.report(stale, DONE, {})
        else:
            ada.lose(stale, "late", {})
        bench.wait(bench.patience + 1)
        assert bench.told("bob") == [won], "nobody offers it again"

    def test_a_worker_that_is_still_there_keeps_its_window(self, bench: Bench):
        bench.won(1)
        ada = bench.desk("ada")
        window = ada.lease(1)[0]
        for _ in range(4):
            bench.wait(min(bench.lease, bench.claim) * 0.6)
            assert ada.goes_on(window)
            assert self._recovered(bench) == []
            assert list(bench.desk("bob").lease(1)) == []

    def test_a_lease_is_not_renewed_for_ever(self, bench: Bench):
        bench.won(1)
        ada = bench.desk("ada")
        window = ada.lease(1)[0]
        ada.start(window)
        deadline = bench.town.window(window.execution_id).deadline
        ada.goes_on(window)
        bench.wait(bench.lease * 0.9)
        ada.goes_on(window)
        expires = bench.town.window(window.execution_id).lease_expires_at
        assert (expires - deadline).total_seconds() <= max(30, bench.lease - 10)

    def test_after_the_last_attempt_it_is_dead_lettered_refunded_once_and_told_no_more(
        self, bench: Bench
    ):
        (won,) = bench.won(1)
        for attempt in range(1, bench.town.rules.parameters.max_attempts + 1):
            window = self._leased_again(bench, "ada")
            assert (window.execution_id, window.attempt) == (won, attempt)
            bench.desk("ada").lose(window, "the disk is full", {})
        ended = bench.town.window(won)
        assert (ended.status, ended.refunded) == (S.DEAD_LETTERED, True)
        bench.offer()
        bench.wait(bench.claim + 1)
        assert list(bench.desk("ada").lease(5)) == []
        assert (bench.charges(), bench.charges(TransferKind.REFUND)) == (1, 1)

    def test_an_operator_retries_a_dead_letter_as_a_window_of_its_own(self, bench: Bench):
        first = self._dead_lettered(bench)
        (letter,) = bench.town.ask(lambda uow: uow.dead_letters.page(10))
        bench.town.operators.retry_dead_letter(LOCAL, letter.id)
        with pytest.raises(Conflict):
            bench.town.operators.retry_dead_letter(LOCAL, letter.id)
        bench.town.close()
        bench.town.clear()
        bench.offer()
        (window,) = bench.desk().lease(5)
        assert window.execution_id != first
        assert window.attempt == 1

    def test_a_discarded_dead_letter_is_told_no_more(self, bench: Bench):
        self._dead_lettered(bench)
        (letter,) = bench.town.ask(lambda uow: uow.dead_letters.page(10))
        bench.town.operators.discard_dead_letter(LOCAL, letter.id)
        with pytest.raises(Conflict):
            bench.town.operators.retry_dead_letter(LOCAL, letter.id)
        bench.offer()
        bench.wait(bench.claim + 1)
        assert bench.told() == []

    def test_a_poisoned_item_is_dropped_and_stops_nobody(self, bench: Bench):
        poison = "01890000-0000-7000-8000-00000000dead"
        bench.queue.offer([QueueItem(poison, 0)])
        won = bench.won(1)
        leased = [one.execution_id for one in bench.desk().lease(5)]
        bench.wait(bench.claim + 1)
        leased += [one.execution_id for one in bench.desk().lease(5)]
        assert won[0] in leased
        assert poison not in leased
        bench.wait(bench.claim + 1)
        assert poison not in bench.told()

    def test_a_window_whose_agent_died_is_told_no_more(self, bench: Bench):
        (won,) = bench.won(1)
        agent = bench.town.window(won).agent_id
        bench.town.do(lambda fx: kill_agent(fx, agent))
        assert list(bench.desk().lease(5)) == []
        bench.wait(bench.claim + 1)
        assert bench.told() == []

    def test_what_a_worker_gives_back_is_taken_by_another(self, bench: Bench):
        (won,) = bench.won(1)
        bench.desk("ada").lose(bench.desk("ada").lease(1)[0], "the worker was stopped", {})
        bench.offer()
        (again,) = bench.desk("bob").lease(1)
        assert (again.execution_id, again.attempt) == (won, 2)

    def test_what_is_given_back_for_later_stays_away_until_then(self, bench: Bench):
        if not bench.delays:
            return
        (won,) = bench.won(1)
        (delivery,) = bench.queue.claim("ada", 1)
        bench.queue.give_back(delivery.receipt, int(bench.patience * 1000))
        assert bench.told() == []
        bench.wait(bench.patience + 1)
        assert bench.told() == [won]

    def test_an_old_receipt_means_nothing(self, bench: Bench):
        (won,) = bench.won(1)
        (old,) = bench.queue.claim("ada", 1)
        bench.wait(bench.claim + 1)
        (new,) = bench.queue.claim("bob", 1)
        assert new.execution_id == won
        for use in (bench.queue.done, bench.queue.extend):
            use(old.receipt)
        bench.queue.give_back(old.receipt, 0)
        bench.wait(bench.claim + 1)
        assert bench.told() == [won]

    def _recovered(self, bench: Bench):
        return bench.town.do(windows.recover_windows)

    def _leased_again(self, bench: Bench, worker: str):
        """What the worker gets in the end, the orchestrator sweeping and offering meanwhile."""
        for _ in range(5):
            self._recovered(bench)
            bench.offer()
            leased = bench.desk(worker).lease(1)
            if leased:
                return leased[0]
            bench.wait(1)
        raise AssertionError("nothing was told again")

    def _dead_lettered(self, bench: Bench) -> str:
        (won,) = bench.won(1)
        for _ in range(bench.town.rules.parameters.max_attempts):
            bench.desk().lose(self._leased_again(bench, "ada"), "the disk is full", {})
        agent = bench.town.window(won).agent_id
        standing = bench.town.ask(lambda uow: uow.bids.open_for(agent))
        bench.town.withdraw(agent, standing.id)
        return won
