"""The laws under any interleaving: random commands against a store, beside the model.

Subclass :class:`EconomyMachine` with your own ``make_store`` or ``parameters``, add rules of your
own, and run ``YourMachine.TestCase`` with pytest.
"""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from syntropism.application.commands.bidding import BidRequest
from syntropism.application.commands.founding import found_economy
from syntropism.domain.credits import MICRO
from syntropism.domain.market.resources import Bundle
from syntropism.testing.machine.agents import Agents
from syntropism.testing.machine.comparison import LIVELY
from syntropism.testing.machine.operators import Operators
from syntropism.testing.machine.orchestrators import Orchestrators
from syntropism.testing.machine.workers import Workers
from syntropism.testing.strategies import bid_requests

__all__ = ["EconomyMachine"]


class EconomyMachine(Agents, Operators, Workers, Orchestrators):
    """Random agents, operators, workers and orchestrators on one store.

    Every answer must be the model's, and after every step the store must hold what the model
    holds and pass the audit.
    """

    @initialize(endowment=st.sampled_from((400, 80, 40)), first=bid_requests(LIVELY, refused=False))
    def found(self, endowment: int, first: BidRequest) -> None:
        """Founds the economy and fills it, up to the first running windows."""
        for _ in range(2):
            self.system(lambda fx: found_economy(fx, None))
        self.model.move("mint:genesis", "treasury", self.parameters.treasury_endowment)
        self.elect("first")
        for bid in (first, None, first):
            self.create(endowment * MICRO, bid, None)
        self.enliven(BidRequest(Bundle("0.5", 64, 10, 0, 1), 60 * MICRO))

    @rule(request=bid_requests(LIVELY, refused=False))
    def enliven(self, request: BidRequest) -> None:
        """The treasury bids for everybody; a cycle is run, and every window starts."""
        living = [name for name, one in self.model.agents.items() if one.status != "dead"]
        for agent in living[:4]:
            self.sponsor_by_treasury(agent, request, None)
        self.run_cycle(0)
        self.lease(len(self.model.windows) + 1)
        for place in range(4):
            self.start(place)
