"""What the cycle, the workers and death do to the model."""

from collections.abc import Callable

from attrs import define

from syntropism.testing.model.books import CONFLICT, NOT_FOUND, OK, LetterRow, WindowRow
from syntropism.testing.model.commands import Commands

Observe = Callable[[str], str | None]
"""Looks up the id that the system gave to something: the bid open for an agent, say."""

LEASE_SECONDS = 60.0
MARGIN_SECONDS = 30.0


@define(frozen=True)
class Win:
    """What the system says of a bid that won."""

    bid: str
    window: str
    payment: int
    fallback: bool


@define
class Model(Commands):
    """The whole model."""

    # the cycle

    def open_cycle(self) -> None:
        """The next number, unless a cycle is under way."""
        if self.step == "closed":
            self.cycle, self.step = self.cycle + 1, "opened"

    def freeze(self, number: int) -> None:
        """Every open bid takes part, except those of agents that have a window."""
        if (self.cycle, self.step) != (number, "opened"):
            return
        self.step = "frozen"
        for bid in self.bids.values():
            if bid.status == "open" and self.window_of(bid.agent) is None:
                bid.frozen = number

    def settle(self, number: int, wins: list[Win]) -> None:
        """Checks what the market decided, and charges the winners."""
        if (self.cycle, self.step) != (number, "frozen"):
            assert not wins, "a cycle was settled twice"
            return
        self.step = "settled"
        assert len({win.bid for win in wins}) == len({win.window for win in wins}) == len(wins)
        for win in wins:
            bid = self.bids[win.bid]
            assert bid.status == "open" and bid.frozen == number, "a bid won without taking part"
            offer = bid.fallback if win.fallback else bid.main
            assert offer is not None
            amount, least = offer
            assert least <= win.payment <= amount, "a payment outside reserve and amount"
            bundle = bid.request.fallback_bundle if win.fallback else bid.request.bundle
            assert bundle is not None
            agent = self.agents[bid.agent]
            cooling = bundle.attention_share and number <= agent.cooling_until
            assert not cooling, "attention during a cooldown"
            assert self.window_of(bid.agent) is None, "two windows at once"
            self.release(win.bid, paid=win.payment)
            bid.status, bid.payment, bid.frozen = "won", win.payment, None
            self.windows[win.window] = WindowRow(
                bid.agent, win.bid, bid.payer, win.payment, bundle, self.now
            )
            if bundle.attention_share:
                agent.cooling_until = number + self.parameters.attention_cooldown_cycles
        for bid in self.bids.values():
            if bid.frozen == number:
                bid.frozen, bid.age = None, bid.age + 1
        self._check_capacity()

    def _check_capacity(self) -> None:
        """What is occupied fits into the machine, resource by resource."""
        cores = memory = tokens = 0.0
        slots = sum(prompt.status == "queued" for prompt in self.prompts.values())
        for window in self.windows.values():
            if window.final:
                continue
            bundle = window.bundle
            cores += bundle.cpu_ms / bundle.duration_ms
            memory += bundle.memory_milli_mb / 1000
            tokens += bundle.tokens * 1000 / bundle.duration_ms
            slots += bundle.attention_share - window.prompts
        rates = [rate / 1000 for rate in self.parameters.capacity.rates]
        for used, limit in zip((cores, memory, tokens, slots), rates, strict=True):
            assert used <= limit + 1e-9, "more was sold than there is"

    def advance(self, number: int, before: str, after: str) -> None:
        """A step that changes nothing that the model keeps."""
        if (self.cycle, self.step) == (number, before):
            self.step = after

    def cull(self, number: int) -> None:
        """Expires what has waited for too long, then decides fates."""
        if (self.cycle, self.step) != (number, "repriced"):
            return
        self.step = "culled"
        rules = self.parameters
        for key, bid in list(self.bids.items()):
            late = bid.age >= rules.bid_expiry_cycles and self.window_of(bid.agent) is None
            if bid.status == "open" and late:
                self.end_bid(key, "expired")
        for key, prompt in list(self.prompts.items()):
            waited = number - prompt.cycle
            if prompt.status == "queued" and waited >= rules.prompt_expiry_cycles:
                self.end_prompt(key, "expired")
        idle = [
            name
            for name, agent in self.agents.items()
            if agent.status == "dormant" or (agent.status == "alive" and not self._engaged(name))
        ]
        for name in idle:
            self._meet_fate(name)

    def _engaged(self, name: str) -> bool:
        open_bid = self.open_bid_of(name) is not None
        return open_bid or self.window_of(name) is not None or self.prompt_of(name)

    def _meet_fate(self, name: str) -> None:
        agent, rules = self.agents[name], self.parameters
        solvent = self.balances[name] >= self.reserve(rules.smallest_bundle)
        if agent.status == "alive":
            if solvent:
                agent.status, agent.slept = "dormant", 0
            else:
                self._bury(name)
        elif agent.status == "dormant" and self.window_of(name) is None:
            if agent.slept + 1 >= rules.dormancy_cycles_max or not (solvent or self._engaged(name)):
                self._bury(name)
            else:
                agent.slept += 1

    # death

    def kill(self, name: str) -> str:
        """An operator ends an agent."""
        if name not in self.agents:
            return NOT_FOUND
        if self.agents[name].status == "dead":
            return CONFLICT
        self._bury(name)
        return OK

    def _bury(self, name: str) -> None:
        self.agents[name].status = "dead"
        window = self.window_of(name)
        if window is not None:
            row = self.windows[window]
            if row.status == "queued":
                self._refund(row)
            row.status = "killed"
        for key, bid in list(self.bids.items()):
            if bid.status == "open" and name in (bid.agent, bid.payer):
                self.end_bid(key, "cancelled")
        for key, prompt in list(self.prompts.items()):
            if prompt.status == "queued" and prompt.agent == name:
                self.end_prompt(key, "withdrawn")
        self.move(name, "burn", self.balances[name])

    def _refund(self, row: WindowRow) -> None:
        if not row.refunded and self.lives(row.payer):
            self.move("burn", row.payer, row.payment)
            row.refunded = True

    # windows

    def current(self, agent: str, window: str, attempt: int) -> bool:
        """Whether this attempt may act."""
        row = self.windows.get(window)
        if row is None or row.agent != agent or row.status != "running":
            return False
        assert row.deadline is not None
        late = row.deadline + self.parameters.token_grace_ms / 1000
        return row.attempt == attempt and self.now <= late

    def lease(self, limit: int) -> list[str]:
        """The oldest queued windows go to a worker."""
        queued = sorted(key for key, row in self.windows.items() if row.status == "queued")[:limit]
        for key in queued:
            row = self.windows[key]
            row.status, row.attempt = "leased", row.attempt + 1
            row.leased_until = self.now + LEASE_SECONDS
        return queued

    def start(self, window: str, attempt: int) -> str:
        """An attempt begins."""
        row = self.windows.get(window)
        if row is None or row.status != "leased" or row.attempt != attempt:
            return CONFLICT
        row.status = "running"
        row.deadline = self.now + row.bundle.duration_ms / 1000
        row.leased_until = row.deadline + MARGIN_SECONDS
        return OK

    def end(self, window: str, attempt: int, status: str, letter: str | None) -> None:
        """The report of an attempt; only the running one is heard."""
        row = self.windows.get(window)
        if row is not None and row.status == "running" and row.attempt == attempt:
            row.status = status
            if status in ("failed", "killed"):
                self.letters[str(letter)] = LetterRow(window, ours=False)

    def lose(self, window: str, attempt: int, observe: Observe) -> None:
        """A fault of ours, reported by the worker of an attempt that is under way."""
        row = self.windows.get(window)
        if row is not None and row.status in ("leased", "running") and row.attempt == attempt:
            self._fail(window, row, observe)

    def _fail(self, window: str, row: WindowRow, observe: Observe) -> None:
        started = row.status != "queued"
        if started and not row.acted and row.attempt < self.parameters.max_attempts:
            row.status, row.queued_at = "queued", self.now
            row.leased_until = row.deadline = None
            return
        self._refund(row)
        row.status = "dead_lettered"
        self.letters[str(observe(f"letter of {window}"))] = LetterRow(window, ours=True)
        bid = self.bids[row.bid]
        covered = self.balances[row.payer] >= bid.held
        living = self.agents[row.agent].status != "dead" and self.lives(row.payer)
        if living and covered and self.open_bid_of(row.agent) is None:
            self.open_bid(row.payer, row.agent, bid.request, str(observe(f"bid of {row.agent}")))

    def recover(self, observe: Observe, *, everything: bool) -> None:
        """Finds the windows that were lost."""
        for key in sorted(self.windows):
            row = self.windows[key]
            if row.status == "queued":
                timeout = self.parameters.start_timeout_ms / 1000
                lost = self.now - row.queued_at > timeout
            elif row.final:
                continue
            else:
                expired = row.leased_until is not None and row.leased_until < self.now
                lost = everything or expired
            if lost:
                self._fail(key, row, observe)

    # dead letters

    def retry(self, letter: str, bid_id: str | None) -> str:
        """An operator has a window tried again, at the treasury's cost."""
        if letter not in self.letters:
            return NOT_FOUND
        row = self.letters[letter]
        if row.status != "open":
            return CONFLICT
        bid = self.bids[self.windows[row.window].bid]
        code = self.place_bid("treasury", bid.agent, bid.request, bid_id)
        if code == OK:
            row.status = "retried"
        return code

    def discard(self, letter: str) -> str:
        """An operator puts a dead letter away."""
        if letter not in self.letters:
            return NOT_FOUND
        if self.letters[letter].status != "open":
            return CONFLICT
        self.letters[letter].status = "discarded"
        return OK
