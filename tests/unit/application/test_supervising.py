"""The loop that watches a window, on a clock of its own."""

from collections.abc import Callable

import pytest
from attrs import define, field

from syntropism.application.ports.sandbox import ProviderFailed, Termination
from syntropism.application.supervising import (
    CANCEL_POLL_SECONDS,
    GRACE_SECONDS,
    WORKSPACE_COST_SHARE,
    Pace,
    supervise,
)
from syntropism.application.verdicts import Limits, Verdict, cpu_exhausted_verdict

LIMITS = Limits(cpu_ms=500, memory_bytes=1_000_000, processes=4, duration_seconds=10)
PACE = Pace(first_sample=0.01, sample=0.04, workspace=0.5)


@define
class Agent:
    """Burns a whole core; every wait lasts as long as it may, or until the agent has ended."""

    ends_at: float = float("inf")
    burns: bool = False
    walk_seconds: float = 0.0
    excess_at: float = float("inf")
    obeys_after: float = float("inf")
    at: float = 0.0
    samples: list[float] = field(factory=list)
    walks: list[float] = field(factory=list)
    told: list[tuple[float, int]] = field(factory=list)
    asked_to_end: float | None = None

    def now(self) -> float:
        return self.at

    @property
    def age(self) -> float:
        return self.at

    def wait(self, seconds: float) -> bool:
        self.at = min(self.at + max(seconds, 0.0) + 1e-6, max(self.at, self.ends_at))
        return self.age >= self.ends_at

    def check(self) -> Verdict | None:
        self.samples.append(self.age)
        burnt, _ = self.spent()
        return cpu_exhausted_verdict(LIMITS) if burnt >= LIMITS.cpu_ms else None

    def spent(self) -> tuple[int, int]:
        return (int(self.age * 1000) if self.burns else 0), 5

    def excess(self) -> str:
        self.walks.append(self.age)
        self.at += self.walk_seconds
        return "too large" if self.age >= self.excess_at else ""

    def terminate(self) -> None:
        self.asked_to_end = self.age
        self.ends_at = min(self.ends_at, self.age + self.obeys_after)


def watch(agent: Agent, cancelled: Callable[[], bool] = lambda: False) -> Verdict | None:
    def sampled(cpu_ms: int, memory_bytes: int) -> None:
        assert memory_bytes == 5
        agent.told.append((agent.age, cpu_ms))

    return supervise(agent, LIMITS, PACE, sampled, cancelled, agent.now)


def test_an_agent_that_ends_is_not_judged_here() -> None:
    agent = Agent(ends_at=3.0)
    assert watch(agent) is None
    assert agent.age == pytest.approx(3.0)
    assert agent.asked_to_end is None


def test_samples_begin_soon_and_grow_apart_to_the_pace() -> None:
    agent = Agent(ends_at=1.0)
    watch(agent)
    gaps = [b - a for a, b in zip([0.0, *agent.samples], agent.samples, strict=False)]
    assert gaps[:3] == pytest.approx([0.01, 0.02, 0.04], abs=1e-4)
    assert max(gaps) == pytest.approx(0.04, abs=1e-4)


def test_a_spent_budget_ends_the_window_within_a_sample() -> None:
    agent = Agent(burns=True)
    assert watch(agent) == cpu_exhausted_verdict(LIMITS)
    assert 0.5 <= agent.age <= 0.5 + PACE.sample + 1e-4


def test_a_cancelled_window_ends_within_a_poll() -> None:
    agent = Agent()
    verdict = watch(agent, lambda: agent.age >= 2.0)
    assert verdict == Verdict(Termination.KILLED, "cancelled")
    assert 2.0 <= agent.age <= 2.0 + CANCEL_POLL_SECONDS + PACE.sample + 1e-4


def test_whoever_listens_hears_of_what_is_spent_as_often_as_it_is_asked() -> None:
    agent = Agent(ends_at=0.45, burns=True)
    watch(agent)
    times = [at for at, _ in agent.told]
    assert times[0] <= PACE.sample
    assert len(times) == 3
    assert [cpu for _, cpu in agent.told] == [int(at * 1000) for at in times]


def test_a_workspace_that_grew_too_large_ends_the_window() -> None:
    agent = Agent(excess_at=1.2)
    assert watch(agent) == Verdict(Termination.KILLED, "too large")
    assert agent.age <= 1.2 + PACE.workspace + 0.1


def test_long_walks_through_the_workspace_take_their_share_of_the_time_at_most() -> None:
    agent = Agent(walk_seconds=0.1)
    watch(agent)
    assert len(agent.walks) > 2
    gaps = [b - a for a, b in zip(agent.walks, agent.walks[1:], strict=False)]
    assert min(gaps) >= 0.1 * WORKSPACE_COST_SHARE


@pytest.mark.parametrize(("obeys_after", "waited"), [(0.1, 0.1), (float("inf"), GRACE_SECONDS)])
def test_at_the_deadline_it_is_asked_to_end_and_given_grace(
    obeys_after: float, waited: float
) -> None:
    agent = Agent(obeys_after=obeys_after)
    verdict = watch(agent)
    assert verdict == Verdict(Termination.TIMED_OUT, "still ran after its 10 seconds")
    assert agent.asked_to_end == pytest.approx(10.0, abs=1e-3)
    assert agent.age == pytest.approx(10.0 + waited, abs=1e-3)


def test_a_fault_of_ours_is_passed_on() -> None:
    agent = Agent()

    def broken() -> bool:
        raise ProviderFailed("the daemon broke off")

    with pytest.raises(ProviderFailed):
        watch(agent, broken)


@pytest.mark.parametrize("field_name", ["first_sample", "sample", "workspace"])
def test_a_pace_of_nothing_would_never_let_go_of_the_processor(field_name: str) -> None:
    figures = {"first_sample": 0.01, "sample": 0.04, "workspace": 0.5, field_name: 0.0}
    with pytest.raises(ValueError, match=field_name):
        Pace(**figures)
