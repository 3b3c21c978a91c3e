"""The steps of the cycle that change something; each does its work once, however often it runs."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from syntropism.application.commands.bidding import end_bid
from syntropism.application.commands.dying import bury
from syntropism.application.commands.prompting import end_prompt
from syntropism.application.effects import Effects
from syntropism.domain.attention.prompts import Prompt, PromptStatus
from syntropism.domain.economy.accounts import agent_account
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.errors import Conflict
from syntropism.domain.execution.executions import Execution
from syntropism.domain.identifiers import AgentId
from syntropism.domain.market.bids import BidStatus
from syntropism.domain.market.book import Book
from syntropism.domain.market.costs import reserve
from syntropism.domain.market.cycles import Cycle, CycleStep
from syntropism.domain.market.presets import preset
from syntropism.domain.market.pricing import MarketObservation
from syntropism.domain.market.resources import MILLI, Rates, add_rates, subtract_rates
from syntropism.domain.population.agents import (
    Agent,
    AgentStatus,
    CauseOfDeath,
    Standing,
    fate,
)


def open_cycle(fx: Effects, capacity: Rates | None = None) -> Cycle:
    """The cycle that is under way, or the next number, over ``capacity`` (by default what is
    configured)."""
    latest = fx.uow.cycles.latest()
    if latest is not None and not latest.closed:
        if latest.resources != fx.parameters.resources:
            raise Conflict(
                f"cycle {latest.number} was begun with the resources "
                f"{', '.join(latest.resources)}, and must be ended with these"
            )
        return latest
    posted = fx.uow.market.prices()
    if posted is None:
        raise Conflict("the economy has not been founded")
    number = latest.number + 1 if latest else 1
    offered = fx.parameters.capacity_rates if capacity is None else capacity
    cycle = Cycle(
        number=number,
        opened_at=fx.now,
        prices=fx.parameters.price_vector(posted),
        capacity=offered,
        resources=fx.parameters.resources,
    )
    fx.uow.cycles.add(cycle)
    fx.cycle = number
    fx.happened("market.cycle.opened")
    return cycle


def occupied(
    unfinished: Iterable[Execution], queued: Iterable[Prompt], parameters: EconomicParameters
) -> Rates:
    """What windows hold now, in milli-units. A slot stays sold until its prompt ends, or, with
    no prompt submitted, until the window is final (law 11).

    A prompt may be submitted between the reading of its window and that of prompts: it has the
    slot that the window still seems to have, and no further one."""
    total: Rates = (0,) * len(parameters.resources)
    asking = Counter(one.execution_id for one in queued)
    slots = asking.total()
    for execution in unfinished:
        total = add_rates(total, parameters.rates(execution.bundle))
        unasked = execution.bundle.attention_share - asking[execution.id]
        slots += max(0, min(execution.attention_left, unasked))
    return (*total[:3], slots * MILLI, *total[4:])


def freeze(fx: Effects, number: int) -> Cycle:
    """Fixes the bids and the free capacity that this cycle clears."""
    cycle = _cycle(fx, number)
    if cycle.step is not CycleStep.OPENED:
        return cycle
    held = occupied(fx.uow.executions.unfinished(), fx.uow.prompts.queued(), fx.parameters)
    fx.uow.bids.freeze(number)
    frozen = cycle.frozen_with(held, subtract_rates(cycle.capacity, held))
    fx.uow.cycles.save(frozen)
    return frozen


def order_book(fx: Effects, cycle: int) -> Book:
    """The frozen bids as the market sees them: in cooldown, attention is ineligible."""
    book = fx.uow.bids.book(cycle)
    wanting = book.wanting_attention()
    agents = fx.uow.agents.lock(wanting) if wanting else {}
    return book.resting({one for one, agent in agents.items() if agent.cooling(cycle)})


def collect(fx: Effects, number: int) -> Cycle:
    """The outcomes that were waited for are in."""
    cycle = _cycle(fx, number)
    if cycle.step is not CycleStep.SETTLED:
        return cycle
    collected = cycle.collected()
    fx.uow.cycles.save(collected)
    return collected


def reprice(fx: Effects, number: int) -> Cycle:
    """Moves the posted prices by what was demanded."""
    cycle = _cycle(fx, number)
    if cycle.step is not CycleStep.COLLECTED:
        return cycle
    found = cycle.certificate
    assert found is not None
    parameters = fx.parameters
    prices = preset(parameters.preset).repricing(
        MarketObservation(
            prices=cycle.prices,
            demand=found.demand,
            occupied=add_rates(found.used, cycle.held),
            capacity=cycle.capacity,
            targets_permille=parameters.targets_permille,
            min_prices=parameters.least_prices,
            max_prices=parameters.max_prices,
            step_permille=parameters.price_step_permille,
        )
    )
    repriced = cycle.repriced(prices)
    fx.uow.market.save(number, cycle.resources, prices, cycle.capacity)
    fx.uow.cycles.save(repriced)
    further = {"resources": list(cycle.resources)} if parameters.further else {}
    fx.happened("market.price.discovered", prices_pico=list(prices), **further)
    return repriced


def cull(fx: Effects, number: int, *, wall_time: bool) -> Cycle:
    """Expires bids and prompts first, then decides fates. With a live human prompts expire by
    ``wall_time``, otherwise by the number of cycles they have waited."""
    cycle = _cycle(fx, number)
    if cycle.step is not CycleStep.REPRICED:
        return cycle
    for bid in fx.uow.bids.aged(fx.parameters.bid_expiry_cycles):
        if fx.uow.executions.unfinished_of(bid.agent_id) is None:
            end_bid(fx, bid, BidStatus.EXPIRED)
    for prompt in fx.uow.prompts.queued():
        if _overdue(fx, prompt, number, wall_time=wall_time):
            end_prompt(fx, prompt, PromptStatus.EXPIRED)
    least = reserve(fx.parameters.smallest_bundle, fx.parameters)
    deaths = sum(_meet_fate(fx, agent, least) for agent in fx.uow.agents.idle())
    culled = cycle.culled(fx.uow.agents.born_in(number), deaths)
    fx.uow.cycles.save(culled)
    return culled


def close(fx: Effects, number: int) -> Cycle:
    """The end of the story."""
    cycle = _cycle(fx, number)
    if cycle.step is not CycleStep.CULLED:
        return cycle
    closed = cycle.closed_by(fx.now)
    fx.uow.cycles.save(closed)
    fx.happened("market.cycle.closed", births=closed.births, deaths=closed.deaths)
    return closed


def _cycle(fx: Effects, number: int) -> Cycle:
    cycle = fx.uow.cycles.get(number)
    if cycle is None:
        raise Conflict("there is no such cycle", cycle=number)
    return cycle


def _overdue(fx: Effects, prompt: Prompt, number: int, *, wall_time: bool) -> bool:
    if not wall_time:
        return prompt.overdue(number, fx.parameters)
    patience = fx.parameters.prompt_expiry_cycles * fx.parameters.cycle_ms
    return fx.now - prompt.submitted_at >= timedelta(milliseconds=patience)


def _meet_fate(fx: Effects, agent: Agent, smallest_reserve: int) -> bool:
    """Lets ``agent`` sleep, doze off or die; tells whether it died."""
    standing = _standing(fx, agent.id)
    becomes = fate(agent, standing, smallest_reserve, fx.parameters)
    if isinstance(becomes, CauseOfDeath):
        bury(fx, agent, becomes)
        return True
    if becomes is AgentStatus.DORMANT:
        if agent.status is AgentStatus.ALIVE:
            fx.uow.agents.save([agent.dormant()])
            fx.happened("population.agent.dormant", agent_id=agent.id)
        elif not standing.window:
            fx.uow.agents.save([agent.slept()])
    return False


def _standing(fx: Effects, agent_id: AgentId) -> Standing:
    account = agent_account(agent_id)
    return Standing(
        open_bid=fx.uow.bids.open_for(agent_id) is not None,
        window=fx.uow.executions.unfinished_of(agent_id) is not None,
        prompt_queued=any(one.agent_id == agent_id for one in fx.uow.prompts.queued()),
        balance=fx.uow.ledger.balances([account]).get(account, 0),
    )
