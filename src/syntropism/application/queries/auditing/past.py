"""Laws 6, 7, 10 and 13 on events: replayed in order, every step must have been possible."""

from collections.abc import Mapping
from typing import Final

from attrs import define, field, frozen

from syntropism.application.queries.auditing.evidence import PAGE, Evidence
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.domain.events import Event
from syntropism.domain.execution.executions import UNFINISHED
from syntropism.domain.history import STATUS_OF, change_of

_OPEN: Final = frozenset(status.value for status in UNFINISHED)
_ENDS: Final = ("completed", "failed", "timed_out", "oom_killed", "cpu_exhausted")

ARROWS: Final[Mapping[str, Mapping[str | None, frozenset[str]]]] = {
    "agent": {
        None: frozenset(("alive",)),
        "alive": frozenset(("dormant", "dead")),
        "dormant": frozenset(("alive", "dead")),
    },
    "bid": {
        None: frozenset(("open",)),
        "open": frozenset(("won", "withdrawn", "replaced", "expired", "cancelled")),
    },
    "execution": {
        None: frozenset(("queued",)),
        "queued": frozenset(("leased", "killed", "dead_lettered")),
        "leased": frozenset(("running", "queued", "killed", "dead_lettered")),
        "running": frozenset(("queued", "killed", "dead_lettered", *_ENDS)),
    },
    "prompt": {
        None: frozenset(("queued",)),
        "queued": frozenset(("scored", "skipped", "expired", "withdrawn")),
    },
}
"""What may follow what (DESIGN §4); ``None`` is before the beginning."""

_UNCOVERED: Final = (
    *(kind for kind, (entity, _) in STATUS_OF.items() if entity in ("agent", "prompt")),
    "attention.reward.issued",
)
"""Types of events that no proof of bids and windows covers."""

_LAW_OF: Final = {"agent": 13, "bid": 4, "execution": 6, "prompt": 8}

_ACTORS: Final = {
    "economy.credits.transferred": "sender",
    "social.message.sent": "sender",
    "market.bid.placed": "payer_id",
    "attention.prompt.submitted": "agent_id",
    "agent.reasoning.traced": "agent_id",
}
"""Where an event that an agent causes names the one whose credits or words they are."""


@frozen(slots=True)
class Birth:
    """What the event of a birth tells: endowment and fee (``None``: not told) in micro-credits,
    and the parent (empty: none)."""

    endowment: int
    fee: int | None
    parent_id: str


@define
class Past:
    """What the events tell: the last status of everything, births, estates, weights that were
    not those of today, and what agents have transferred to each other."""

    statuses: dict[tuple[str, str], str] = field(factory=dict)
    births: dict[str, Birth] = field(factory=dict)
    parents: dict[str, str] = field(factory=dict)
    estates: dict[str, int] = field(factory=dict)
    transferred: int = 0
    covered: bool = False
    """Whether what happened to bids and windows is proven, and need not be read."""
    _weights: dict[str, tuple[int, ...]] = field(factory=dict)
    _windows: dict[str, str] = field(factory=dict)
    """The execution of each agent that has one."""

    def compare(self, evidence: Evidence, entity: str, entity_id: str, status: str) -> None:
        """The stored status against the one that the events give."""
        told = self.statuses.pop((entity, entity_id), None)
        evidence.require(
            13, told == status, f"{entity} {entity_id} is {status}, its events say {told}"
        )

    def require_known(self, evidence: Evidence) -> None:
        """Nothing may be left that is in the events but not in the books."""
        for entity, entity_id in self.statuses:
            evidence.fail(13, f"events speak of {entity} {entity_id}, which is not there")

    def weights_of(self, prompt_id: str, parameters: EconomicParameters) -> tuple[int, ...]:
        """The micro-credits per point that the prompt was rewarded with."""
        return self._weights.get(prompt_id) or _weights(parameters)

    def take(self, evidence: Evidence, event: Event) -> None:
        """One more event, in order."""
        if not self.covered:
            self._check_actor(evidence, event)
        self._check_parent(evidence, event)
        self._take_figures(evidence.parameters, event)
        change = change_of(event)
        if change is None:
            return
        entity, entity_id, status = change
        before = self.statuses.get((entity, entity_id))
        if status not in ARROWS[entity].get(before, ()):
            evidence.fail(_LAW_OF[entity], f"{entity} {entity_id} went from {before} to {status}")
        self.statuses[entity, entity_id] = status
        if entity == "execution":
            self._take_window(evidence, str(event.data["agent_id"]), entity_id, status)

    def _take_window(
        self, evidence: Evidence, agent_id: str, execution_id: str, status: str
    ) -> None:
        if status not in _OPEN:
            self._windows.pop(agent_id, None)
            return
        current = self._windows.setdefault(agent_id, execution_id)
        evidence.require(7, current == execution_id, f"agent {agent_id} had two windows at once")

    def _take_figures(self, parameters: EconomicParameters, event: Event) -> None:
        data = event.data
        if event.type == "population.agent.spawned":
            agent_id, parent_id = str(data["agent_id"]), str(data["parent_id"] or "")
            self.births[agent_id] = Birth(data["endowment_micro"], data.get("fee_micro"), parent_id)
            self.parents[agent_id] = parent_id
        elif event.type == "population.agent.died":
            self.estates[str(data["agent_id"])] = data["estate_micro"]
        elif event.type == "attention.reward.issued":
            weights = tuple(data.get("weights_micro", ()))
            if weights and weights != _weights(parameters):
                self._weights[str(data["prompt_id"])] = weights
        elif event.type == "economy.credits.transferred":
            self.transferred += data["amount_micro"]

    def _check_parent(self, evidence: Evidence, event: Event) -> None:
        """Parents exist before their children, by the order of history: clocks may be off."""
        if event.type != "population.agent.spawned" or not event.data["parent_id"]:
            return
        child, parent = str(event.data["agent_id"]), str(event.data["parent_id"])
        evidence.require(12, parent in self.parents, f"agent {child} is older than its parent")

    def _check_actor(self, evidence: Evidence, event: Event) -> None:
        """What an agent did in a window was done by the agent of that window, while it ran."""
        actor, claimed = event.user_id, _ACTORS.get(event.type)
        if claimed is None or actor not in self.parents:
            return
        agent_id = str(event.data[claimed])
        evidence.require(
            10,
            actor in (agent_id, self.parents.get(agent_id)),
            f"event {event.id}: {actor} acted as {agent_id}",
        )
        window = event.correlation_id
        if not window:
            return
        running = self.statuses.get(("execution", window)) == "running"
        evidence.require(
            10,
            running and self._windows.get(actor) == window,
            f"event {event.id}: {actor} acted outside a running window of its own",
        )


def _weights(parameters: EconomicParameters) -> tuple[int, ...]:
    return (
        parameters.reward_interesting,
        parameters.reward_useful,
        parameters.reward_understandable,
    )


def replay(evidence: Evidence, *, covered: bool) -> Past:
    """Reads the whole history, in order; of a ``covered`` one what is not about bids, windows and
    what is done in them."""
    past, sequence = Past(covered=covered), 0
    kinds = _UNCOVERED if covered else None
    while page := evidence.uow.events.since(sequence, PAGE, kinds):
        for event in page:
            evidence.require(
                13, event.sequence > sequence, f"event {event.id} is out of its sequence"
            )
            sequence = event.sequence
            past.take(evidence, event)
        if not covered:
            evidence.checked["events"] += len(page)
    return past
