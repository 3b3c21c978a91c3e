"""What an audit works with: the books it reads, and what it finds wrong."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from attrs import define, field, frozen

from syntropism.application.ports.repositories.proofs import Proof
from syntropism.application.ports.unit_of_work import UnitOfWork
from syntropism.domain.credits import format_micro
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.economy.transfers import Transfer, TransferKind
from syntropism.domain.identifiers import AccountId, AgentId
from syntropism.domain.population.agents import Agent

PAGE: Final = 1_000
"""Rows read at once; memory is bounded by it, not by the length of history."""

FINDINGS_MAX: Final = 100
"""Findings kept per law; a broken law usually is broken all over."""

_LAW_OF_KIND: Final = {
    TransferKind.PAYMENT: 6,
    TransferKind.REFUND: 6,
    TransferKind.REWARD: 8,
    TransferKind.SPAWN_FEE: 12,
    TransferKind.SPAWN_ENDOWMENT: 12,
    TransferKind.ENDOWMENT: 2,
    TransferKind.ESTATE: 2,
}
"""What is not named here moves a hold: law 4."""

_WITHOUT_HOLD: Final = (
    TransferKind.ENDOWMENT,
    TransferKind.REFUND,
    TransferKind.REWARD,
    TransferKind.SPAWN_FEE,
    TransferKind.SPAWN_ENDOWMENT,
    TransferKind.ESTATE,
)

T = TypeVar("T")


def law_of(kind: TransferKind) -> int:
    """The law that a missing or surplus transfer of this kind breaks."""
    return _LAW_OF_KIND.get(kind, 4)


@frozen(slots=True)
class Finding:
    """A law (1–13 of DESIGN §2) that is broken, and where."""

    law: int
    message: str


@frozen(slots=True)
class Move:
    """A transfer as it should be: everything but its identity and time."""

    kind: TransferKind
    debit: AccountId
    credit: AccountId
    amount: int

    def __str__(self) -> str:
        return f"{self.kind.value} of {format_micro(self.amount)} {self.debit} → {self.credit}"


@define
class Evidence:
    """The books under audit, and the findings so far.

    ``matched`` counts the transfers of each kind that an entity accounts for; what is not
    matched in the end was moved for nothing.
    """

    uow: UnitOfWork
    parameters: EconomicParameters
    agents: Mapping[AgentId, Agent]
    caused: Mapping[str, Sequence[Transfer]]
    """The transfers that pass through no hold, by what caused them."""
    findings: list[Finding] = field(factory=list)
    checked: Counter[str] = field(factory=Counter)
    matched: Counter[TransferKind] = field(factory=Counter)
    _broken: Counter[int] = field(factory=Counter)

    def require(self, law: int, holds: bool, message: str) -> None:
        """Notes a finding unless ``holds``."""
        if not holds:
            self.fail(law, message)

    def fail(self, law: int, message: str) -> None:
        """Notes a finding."""
        self._broken[law] += 1
        if self._broken[law] <= FINDINGS_MAX:
            self.findings.append(Finding(law, message))

    def accept(self, proof: Proof) -> None:
        """What the store has proven need not be looked at."""
        self.checked.update(bids=proof.bids, executions=proof.executions, events=proof.events)
        self.matched.update(proof.matched)

    def reconcile(self, what: str, expected: Iterable[Move], actual: Sequence[Transfer]) -> None:
        """Compares the transfers that ``what`` should have caused with those it caused."""
        wanted = Counter(move for move in expected if move.amount)
        found = Counter(Move(one.kind, one.debit, one.credit, one.amount) for one in actual)
        self.matched.update(one.kind for one in actual)
        if wanted == found:
            return
        for move in (wanted - found).elements():
            self.fail(law_of(move.kind), f"{what}: missing {move}")
        for move in (found - wanted).elements():
            self.fail(law_of(move.kind), f"{what}: surplus {move}")


def gather(uow: UnitOfWork, parameters: EconomicParameters) -> Evidence:
    """Opens the books: who there is, and what moved outside of holds."""
    caused: defaultdict[str, list[Transfer]] = defaultdict(list)
    after: str | None = None
    while page := uow.ledger.transfers_since(after, PAGE, _WITHOUT_HOLD):
        for transfer in page:
            caused[transfer.reference].append(transfer)
        after = page[-1].id
    agents = {agent.id: agent for agent in uow.agents.everyone()}
    return Evidence(uow, parameters, agents, caused)


def pages(
    read: Callable[[int, str | None], Sequence[T]], key: Callable[[T], str]
) -> Iterator[Sequence[T]]:
    """All pages of a list that is read newest first."""
    before: str | None = None
    while page := read(PAGE, before):
        yield page
        before = key(page[-1])
