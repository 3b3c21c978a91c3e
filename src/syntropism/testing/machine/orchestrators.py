"""What orchestrators do: the steps of the cycle, in turn, out of turn and after losing the lead."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from syntropism.application.commands import cycle_steps, settling, windows
from syntropism.application.commands.leading import require_lead, take_lead
from syntropism.application.cycle import LEAD_MS, AllocationCycle
from syntropism.application.effects import Effects
from syntropism.domain.identifiers import BidId
from syntropism.domain.market.auction import clear_round
from syntropism.testing.machine.comparison import Comparison, answer_of
from syntropism.testing.model.cycles import Win


class Orchestrators(Comparison):
    """Orchestrators come and go, and each cycle is told by whoever leads."""

    @rule(name=st.sampled_from(("first", "second")))
    def elect(self, name: str) -> None:
        """Another orchestrator takes over; the one before it may go on trying."""
        with self.store() as uow:
            lead = take_lead(uow, name, LEAD_MS, vacant=True)
            uow.commit()
        if lead not in self.leads:
            assert all(lead.fence > one.fence for one in self.leads)
            self.leads.append(lead)

    def _step(self, step: Callable[[Effects], Any]) -> Any:
        with self.store() as uow:
            require_lead(uow, self.leads[-1])
            answer = step(Effects(uow, self.rules_, "orchestrator"))
            uow.commit()
            return answer

    @precondition(lambda self: len(self.leads) > 1)
    @rule()
    def act_after_losing_the_lead(self) -> None:
        """An orchestrator that was replaced can do nothing."""
        cycle = self._cycle_runner(lambda: 0)
        code, _ = answer_of(lambda: cycle.run(self.leads[-2]))
        assert code == "CONFLICT"

    @rule()
    def step(self) -> None:
        """The next step of the cycle."""
        after = {
            "closed": "open",
            "opened": "freeze",
            "frozen": "settle",
            "settled": "collect",
            "collected": "reprice",
            "repriced": "cull",
            "culled": "close",
        }
        self._do(after[self.model.step], self.model.cycle)

    @rule(
        name=st.sampled_from(("open", "freeze", "settle", "collect", "reprice", "cull", "close")),
        behind=st.integers(0, 1),
    )
    def repeat(self, name: str, behind: int) -> None:
        """Some step, of this cycle or the one before, whether or not it is its turn."""
        if self.model.cycle - behind > 0:
            self._do(name, self.model.cycle - behind)

    def _do(self, name: str, number: int) -> None:
        model, steps = self.model, cycle_steps
        if name == "open":
            self._step(steps.open_cycle)
            model.open_cycle()
        elif name == "freeze":
            self._step(lambda fx: steps.freeze(fx, number))
            model.freeze(number)
            self._solve()
        elif name == "settle":
            self._settle(number)
        elif name == "collect":
            self._step(lambda fx: steps.collect(fx, number))
            model.advance(number, "settled", "collected")
        elif name == "reprice":
            self._step(lambda fx: steps.reprice(fx, number))
            model.advance(number, "collected", "repriced")
        elif name == "cull":
            self._step(lambda fx: steps.cull(fx, number, wall_time=False))
            model.cull(number)
        else:
            self._step(lambda fx: steps.close(fx, number))
            model.advance(number, "culled", "closed")

    def _solve(self) -> None:
        """Solves what is frozen; solved once more, the answer is the same unless an agent has
        died since."""
        number = self.model.cycle
        if self.model.step != "frozen":
            return
        with self.store(read_only=True) as uow:
            cycle = uow.cycles.get(number)
            fx = Effects(uow, self.rules_, "orchestrator")
            bids = cycle_steps.order_book(fx, number)
        assert cycle is not None
        self.results.setdefault(
            number, clear_round(bids, cycle.free, cycle.prices, self.parameters, cycle.held)
        )

    def _settle(self, number: int) -> None:
        result = self.results.get(number)
        if result is None:
            return
        self._step(lambda fx: settling.settle(fx, number, result))
        self.model.settle(number, self._wins(number))

    def _wins(self, number: int) -> list[Win]:
        """What the store says was won by the bids that took part, and not settled before."""
        wins: list[Win] = []
        for key, bid in self.model.bids.items():
            if bid.status != "open" or bid.frozen != number:
                continue
            with self.store(read_only=True) as uow:
                stored, found = uow.bids.get(BidId(key)), uow.executions.of_bids([BidId(key)])
            assert stored is not None
            if stored.status.value == "won":
                assert len(found) == 1, "a won bid has exactly one window"
                wins.append(Win(key, found[0].id, stored.payment or 0, stored.won_fallback))
        return wins

    def _cycle_runner(self, execute: Callable[[], int]) -> AllocationCycle:
        return AllocationCycle(
            store=self.store,
            rules=self.rules_,
            clock=self.clock,
            workspaces=self.container.workspaces(),
            execute=execute,
        )

    @rule(seconds=st.sampled_from((0, 10)))
    def run_cycle(self, seconds: int) -> None:
        """The story from where it stands to its end, as an orchestrator tells it."""
        self.recover(everything=False)
        model, number = self.model, self.model.cycle + (self.model.step == "closed")
        settled: list[Win] = []

        def execute() -> int:
            settled.extend(self._wins(number))
            return 0

        model.open_cycle()
        model.freeze(number)
        self._cycle_runner(execute).run(self.leads[-1])
        model.settle(number, settled)
        model.advance(number, "settled", "collected")
        model.advance(number, "collected", "repriced")
        model.cull(number)
        model.advance(number, "culled", "closed")
        self._pass(seconds)

    @rule(everything=st.booleans())
    def recover(self, everything: bool) -> None:
        """The orchestrator takes back what was lost."""
        self.system(lambda fx: windows.recover_windows(fx, everything=everything))
        self.model.recover(self.observe, everything=everything)

    # time

    @rule(seconds=st.sampled_from((1, 1, 4, 12, 45, 130)))
    def wait(self, seconds: int) -> None:
        """Time passes: deadlines, leases and patience run out."""
        self._pass(seconds)

    def _pass(self, seconds: int) -> None:
        self.clock.sleep(seconds)
        self.model.now += seconds
