"""Laws 5, 6, 7, 11 and 13 on executions: one outcome, one refund at most, room for all."""

from collections import Counter, defaultdict

from attrs import define, field

from syntropism.application.ports.repositories.proofs import Proof
from syntropism.application.queries.auditing.evidence import PAGE, Evidence, Move, pages
from syntropism.application.queries.auditing.past import Past
from syntropism.domain.economy.accounts import BURN, TREASURY
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.execution.executions import Execution, ExecutionStatus
from syntropism.domain.identifiers import AgentId
from syntropism.domain.market.resources import MILLI, Rates, add_rates


@define
class Windows:
    """What the windows of each cycle took: rates, number and payments."""

    rates: dict[int, Rates] = field(factory=dict)
    count: Counter[int] = field(factory=Counter)
    payments: Counter[int] = field(factory=Counter)

    def add(self, cycle: int, rates: Rates, payments: int, count: int = 1) -> None:
        """``count`` more of them, with the same ``rates`` each."""
        before = self.rates.get(cycle, (0,) * len(rates))
        taken = tuple(count * rate for rate in rates)
        self.rates[cycle] = add_rates(before, taken)
        self.count[cycle] += count
        self.payments[cycle] += payments


def check_executions(evidence: Evidence, past: Past, prompts: Counter[tuple[str, str]]) -> Windows:
    """Every execution against its transfers, its dead letter, its prompts (how many each
    ``(execution, agent)`` has submitted) and its events; tells what each cycle sold."""
    uow = evidence.uow
    windows, letters, busy = Windows(), _letters(evidence), set[AgentId]()
    for page in pages(uow.executions.page, lambda execution: execution.id):
        for one in page:
            evidence.checked["executions"] += 1
            past.compare(evidence, "execution", one.id, one.status.value)
            windows.add(one.cycle, evidence.parameters.rates(one.bundle), one.payment)
            _check_one(evidence, one, letters, prompts)
            evidence.require(6, one.agent_id in evidence.agents, f"execution {one.id} has no agent")
            if not one.final:
                evidence.require(
                    7, one.agent_id not in busy, f"agent {one.agent_id} has two windows"
                )
                busy.add(one.agent_id)
    _check_rest(evidence, letters, prompts)
    return windows


def check_notable(evidence: Evidence, proof: Proof, prompts: Counter[tuple[str, str]]) -> Windows:
    """The same, of the windows that the ``proof`` does not cover."""
    windows, letters = Windows(), _letters(evidence)
    for sold in proof.sold:
        rates = evidence.parameters.rates(sold.bundle)
        windows.add(sold.cycle, rates, sold.payments, sold.count)
    for one in proof.notable:
        _check_one(evidence, one, letters, prompts)
    _check_rest(evidence, letters, prompts)
    return windows


def _check_one(
    evidence: Evidence,
    one: Execution,
    letters: dict[str, list[bool]],
    prompts: Counter[tuple[str, str]],
) -> None:
    refund = Move(TransferKind.REFUND, BURN, one.payer, one.payment)
    moves = [refund] if one.refunded else []
    evidence.reconcile(f"execution {one.id}", moves, evidence.caused.get(one.id, ()))
    _check_outcome(evidence, one, letters.pop(one.id, []))
    _check_attention(evidence, one, prompts.pop((one.id, one.agent_id), 0))


def _check_rest(
    evidence: Evidence, letters: dict[str, list[bool]], prompts: Counter[tuple[str, str]]
) -> None:
    for execution_id in letters:
        evidence.fail(6, f"a dead letter speaks of execution {execution_id}, which never was")
    for execution_id, agent_id in prompts:
        evidence.fail(11, f"agent {agent_id} has prompts from {execution_id}, not a window of its")


def _letters(evidence: Evidence) -> dict[str, list[bool]]:
    """For each execution with dead letters: whether each was a fault of ours."""
    letters: defaultdict[str, list[bool]] = defaultdict(list)
    for page in pages(evidence.uow.dead_letters.page, lambda letter: letter.id):
        for letter in page:
            evidence.checked["dead letters"] += 1
            letters[letter.execution_id].append(letter.ours)
    return dict(letters)


def _check_outcome(evidence: Evidence, one: Execution, letters: list[bool]) -> None:
    """One final outcome; only a failure of ours is refunded, and then it must be."""
    evidence.require(
        6,
        one.final == (one.ended_at is not None) == (one.ended_cycle is not None),
        f"execution {one.id} is {one.status.value}, but ended at {one.ended_at}",
    )
    evidence.require(
        6, letters in _letters_due(evidence, one), f"execution {one.id} has wrong dead letters"
    )
    unstarted = one.status is ExecutionStatus.KILLED and one.worker_id is None
    ours = one.status is ExecutionStatus.DEAD_LETTERED or unstarted
    if one.refunded:
        evidence.require(
            6, ours, f"execution {one.id} was refunded, though it is {one.status.value}"
        )
    elif ours:
        evidence.require(
            6, not _payer_lived(evidence, one), f"execution {one.id} was never refunded"
        )


def _letters_due(evidence: Evidence, one: Execution) -> tuple[list[bool], ...]:
    """Which dead letters it may have. A window is ended for what its agent did, which leaves
    one, or because its agent died, which leaves none."""
    if one.status is ExecutionStatus.DEAD_LETTERED:
        return ([True],)
    if not one.inspectable:
        return ([],)
    agent = evidence.agents.get(one.agent_id)
    died = agent is not None and agent.died_cycle == one.ended_cycle
    if one.status is ExecutionStatus.KILLED and died:
        return ([], [False])
    return ([False],)


def _payer_lived(evidence: Evidence, one: Execution) -> bool:
    """Whether the payer certainly lived when the execution ended."""
    if one.payer == TREASURY:
        return True
    payer = evidence.agents.get(AgentId(one.payer))
    if payer is None or one.ended_cycle is None:
        return False
    return payer.died_cycle is None or payer.died_cycle > one.ended_cycle


def _check_attention(evidence: Evidence, one: Execution, prompts: int) -> None:
    evidence.require(
        11,
        prompts == one.prompts_submitted <= one.bundle.attention_share,
        f"execution {one.id} submitted {prompts} prompts for {one.bundle.attention_share} slots",
    )


def check_capacity(evidence: Evidence, windows: Windows) -> None:
    """No cycle sold more than was free, and nothing grew between one clearing and the next.

    Capacity may have been configured lower since; so what is occupied is traced back, cycle by
    cycle, to the clearing that found room for it. Resources may have come and gone, too: those
    there are now are checked, in the cycles that had them.
    """
    uow, before = evidence.uow, None
    now = evidence.parameters.resources
    bound = dict.fromkeys(now, 0)
    sold: set[int] = set()
    cycles = []
    while page := uow.cycles.page(PAGE, before):
        cycles += [
            (one.number, one.resources, one.capacity, one.held, one.free, one.certificate)
            for one in page
        ]
        before = page[-1].number
    for number, names, capacity, held, free, found in reversed(cycles):
        evidence.checked["cycles"] += 1
        if not held:
            continue
        busy, room = dict(zip(names, held, strict=True)), dict(zip(names, free, strict=True))
        _within(evidence, busy, bound, f"cycle {number} found more occupied than was ever sold")
        left = tuple(max(0, all_ - taken) for all_, taken in zip(capacity, held, strict=True))
        evidence.require(5, free == left, f"cycle {number} offered more than was free")
        taken = dict(zip(now, windows.rates.get(number, ()), strict=False))
        _within(evidence, taken, room, f"cycle {number} sold more than was free")
        bound = {name: busy[name] + taken.get(name, 0) for name in names}
        if found is not None:
            sold.add(number)
            used = dict(zip(names, found.used, strict=True))
            _within(evidence, used, room, f"cycle {number} used more than was free")
            evidence.require(
                6,
                (found.wins, found.volume) == (windows.count[number], windows.payments[number]),
                f"the certificate of cycle {number} is not what its windows paid",
            )
    for number in windows.count.keys() - sold:
        evidence.fail(6, f"cycle {number} has windows without having been settled")
    occupied, slots = _occupied(evidence)
    _within(evidence, occupied, bound, "more is occupied now than was ever sold")
    evidence.require(
        11, slots <= bound["attention_slots"], "more prompts wait than slots were sold"
    )


def _occupied(evidence: Evidence) -> tuple[dict[str, int], int]:
    """What is held now, windows that are not final and slots until their prompts end; and the
    slots."""
    parameters = evidence.parameters
    rates: Rates = (0,) * len(parameters.resources)
    slots = len(evidence.uow.prompts.queued()) * MILLI
    for one in evidence.uow.executions.unfinished():
        rates = add_rates(rates, parameters.rates(one.bundle))
        slots -= one.prompts_submitted * MILLI
    held = dict(zip(parameters.resources, rates, strict=True))
    held["attention_slots"] += slots
    return held, held["attention_slots"]


def _within(evidence: Evidence, need: dict[str, int], limit: dict[str, int], message: str) -> None:
    for name in need.keys() & limit.keys():
        evidence.require(5, need[name] <= limit[name], message)
