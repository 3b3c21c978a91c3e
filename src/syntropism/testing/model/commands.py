"""What agents and operators do to the model. Every method gives the code of its answer."""

from attrs import define

from syntropism.application.commands.bidding import BidRequest
from syntropism.domain.market.resources import Bundle
from syntropism.testing.model.books import (
    BROKE,
    CONFLICT,
    FORBIDDEN,
    INVALID,
    LATER,
    NO_ATTENTION,
    NOT_FOUND,
    OK,
    AgentRow,
    BidRow,
    Books,
    PromptRow,
)


@define
class Commands(Books):
    """The model, as far as single requests go."""

    def reserve(self, bundle: Bundle) -> int:
        """Window fee plus the bundle at minimum prices, for at least one cycle, rounded up."""
        rates = (
            -(-bundle.cpu_ms * 1000 // bundle.duration_ms),
            bundle.memory_milli_mb,
            -(-bundle.tokens * 10**6 // bundle.duration_ms),
            bundle.attention_share * 1000,
        )
        billed = max(bundle.duration_ms, self.parameters.cycle_ms)
        pico = billed * sum(map(int.__mul__, rates, self.parameters.min_prices))
        return self.parameters.window_fee + -(-pico // 10**12)

    def _takes(self, bundle: Bundle, amount: int) -> bool:
        """Whether the market takes such an offer at all."""
        rules = self.parameters
        longest = (
            rules.longest_attention_window_cycles
            if bundle.attention_share
            else rules.longest_window_cycles
        )
        return (
            bundle.cpu_ms >= rules.smallest_cpu_ms
            and bundle.memory_milli_mb >= rules.smallest_memory_milli_mb
            and bundle.duration_ms <= longest * rules.cycle_ms
            and amount >= self.reserve(bundle)
        )

    def _well_formed(self, request: BidRequest) -> bool:
        return self._takes(request.bundle, request.amount) and (
            request.fallback_bundle is None
            or self._takes(request.fallback_bundle, request.fallback_amount)
        )

    def transfer(self, sender: str, to: str, amount: int) -> str:
        """One agent pays another."""
        if amount <= 0 or sender == to:
            return INVALID
        if to not in self.agents:
            return NOT_FOUND
        if self.agents[to].status == "dead":
            return CONFLICT
        if self.balances[sender] < amount:
            return BROKE
        self.move(sender, to, amount)
        return OK

    def message(self, sender: str, to: str) -> str:
        """One agent writes to another."""
        if sender == to:
            return INVALID
        if to not in self.agents:
            return NOT_FOUND
        if self.agents[to].status == "dead":
            return CONFLICT
        if self.balances[sender] < self.parameters.message_fee:
            return BROKE
        self.move(sender, "burn", self.parameters.message_fee)
        self.messages += 1
        return OK

    def place_bid(self, payer: str, agent: str, request: BidRequest, bid_id: str | None) -> str:
        """A bid by the agent itself, a sponsor or the treasury."""
        if not self._well_formed(request):
            return INVALID
        if agent not in self.agents:
            return NOT_FOUND
        if self.agents[agent].status == "dead":
            return CONFLICT
        standing = self.open_bid_of(agent)
        returned = 0
        if standing is not None:
            if payer != agent:
                return CONFLICT
            if self.bids[standing].frozen is not None:
                return LATER
            holder, amount = self.holds[standing]
            returned = amount if holder == payer else 0
        held = max(request.amount, request.fallback_amount if request.fallback_bundle else 0)
        if self.balances[payer] + returned < held:
            return BROKE
        if standing is not None:
            self.end_bid(standing, "replaced")
        self.open_bid(payer, agent, request, str(bid_id))
        if payer == agent and self.agents[agent].status == "dormant":
            self.agents[agent].status = "alive"
            self.agents[agent].slept = 0
        return OK

    def open_bid(self, payer: str, agent: str, request: BidRequest, bid_id: str) -> None:
        """A bid that has been found good."""
        other = request.fallback_bundle
        self.bids[bid_id] = BidRow(
            agent,
            payer,
            (request.amount, self.reserve(request.bundle)),
            (request.fallback_amount, self.reserve(other)) if other else None,
            request,
        )
        self.hold(payer, self.bids[bid_id].held, bid_id)

    def end_bid(self, bid_id: str, status: str) -> None:
        """A bid that did not win."""
        self.release(bid_id)
        self.bids[bid_id].status = status
        self.bids[bid_id].frozen = None

    def _changeable(self, payer: str, bid_id: str) -> str:
        bid = self.bids.get(bid_id)
        if bid is None:
            return NOT_FOUND
        if bid.payer != payer:
            return FORBIDDEN
        if bid.status != "open":
            return CONFLICT
        return OK if bid.frozen is None else LATER

    def replace_bid(self, payer: str, bid_id: str, request: BidRequest, new_id: str | None) -> str:
        """Another bid in the place of one that ``payer`` pays."""
        code = self._changeable(payer, bid_id)
        if code != OK:
            return code
        if not self._well_formed(request):
            return INVALID
        held = max(request.amount, request.fallback_amount if request.fallback_bundle else 0)
        if self.balances[payer] + self.holds[bid_id][1] < held:
            return BROKE
        agent = self.bids[bid_id].agent
        self.end_bid(bid_id, "replaced")
        return self.place_bid(payer, agent, request, new_id)

    def withdraw_bid(self, payer: str, bid_id: str) -> str:
        """Takes a bid back."""
        code = self._changeable(payer, bid_id)
        if code == OK:
            self.end_bid(bid_id, "withdrawn")
        return code

    def create_agent(
        self, endowment: int, first: BidRequest | None, agent: str | None, bid_id: str | None
    ) -> str:
        """An agent of the operator's."""
        if endowment < 0:
            return INVALID
        if first is not None:
            if endowment < max(first.amount, first.fallback_amount):
                return INVALID
            if not self._well_formed(first):
                return INVALID
        self._born(str(agent), None)
        self.move("mint:genesis", str(agent), endowment)
        if first is not None:
            self.open_bid(str(agent), str(agent), first, str(bid_id))
        return OK

    def spawn(
        self, parent: str, endowment: int, first: BidRequest, child: str | None, bid_id: str | None
    ) -> str:
        """A child that its parent pays for."""
        if endowment < max(first.amount, first.fallback_amount):
            return INVALID
        if self.balances[parent] < self.parameters.spawn_fee + endowment:
            return BROKE
        if not self._well_formed(first):
            return INVALID
        self._born(str(child), parent)
        self.move(parent, "burn", self.parameters.spawn_fee)
        self.move(parent, str(child), endowment)
        self.open_bid(str(child), str(child), first, str(bid_id))
        return OK

    def _born(self, agent: str, parent: str | None) -> None:
        assert agent not in self.agents
        self.agents[agent] = AgentRow(parent, self.cycle)
        self.balances[agent] = 0

    def submit_prompt(self, window: str, amount: int, prompt_id: str | None) -> str:
        """Something for a human to see."""
        if amount < 0:
            return INVALID
        row = self.windows[window]
        if row.prompts >= row.bundle.attention_share:
            return NO_ATTENTION
        if self.balances[row.agent] < amount:
            return BROKE
        row.prompts += 1
        self.prompts[str(prompt_id)] = PromptRow(row.agent, amount, self.cycle)
        self.hold(row.agent, amount, str(prompt_id))
        return OK

    def score(self, prompt_id: str, interesting: int, useful: int, understandable: int) -> str:
        """A human's scores."""
        code = self._waiting(prompt_id)
        if code != OK:
            return code
        prompt, rules = self.prompts[prompt_id], self.parameters
        prompt.status = "scored"
        prompt.reward = (
            interesting * rules.reward_interesting
            + useful * rules.reward_useful
            + understandable * rules.reward_understandable
        )
        self.release(prompt_id, paid=prompt.amount)
        self.move("mint:human", prompt.agent, prompt.reward)
        return OK

    def skip(self, prompt_id: str) -> str:
        """No human will look at it."""
        code = self._waiting(prompt_id)
        if code == OK:
            self.end_prompt(prompt_id, "skipped")
        return code

    def _waiting(self, prompt_id: str) -> str:
        if prompt_id not in self.prompts:
            return NOT_FOUND
        return OK if self.prompts[prompt_id].status == "queued" else CONFLICT

    def end_prompt(self, prompt_id: str, status: str) -> None:
        """A prompt that was not scored."""
        self.release(prompt_id)
        self.prompts[prompt_id].status = status
