"""A use case that lost against others is run again from its start, a bounded number of times."""

import pytest

from syntropism.application import retrying
from syntropism.application.ports.unit_of_work import StorageFailed, TryAgain
from syntropism.application.retrying import ATTEMPTS_MAX, PAUSE_MS, retried


@pytest.fixture
def pauses(monkeypatch):
    """How long was waited between attempts, in seconds; nobody really waits."""
    waited = []
    monkeypatch.setattr(retrying, "pause", waited.append)
    return waited


def use_case(failures, runs):
    @retried
    def once(answer, *, more=0):
        runs.append(answer)
        if len(runs) <= len(failures):
            raise failures[len(runs) - 1]
        return answer + more

    return once


def test_it_answers_once_it_succeeds(pauses):
    runs = []
    assert use_case([TryAgain("a"), TryAgain("b")], runs)(3, more=4) == 7
    assert runs == [3, 3, 3]
    assert len(pauses) == 2


def test_pauses_grow_and_are_bounded(pauses):
    runs = []
    with pytest.raises(TryAgain, match="the last"):
        use_case([TryAgain("early")] * (ATTEMPTS_MAX - 1) + [TryAgain("the last")], runs)(1)
    assert len(runs) == ATTEMPTS_MAX
    assert len(pauses) == ATTEMPTS_MAX - 1
    for number, pause in enumerate(pauses, 1):
        assert 0 <= pause <= PAUSE_MS * 2**number / 1000


@pytest.mark.parametrize("failure", [StorageFailed("full"), ValueError("ours")])
def test_what_may_have_happened_or_will_not_change_is_not_repeated(pauses, failure):
    runs = []
    with pytest.raises(type(failure)):
        use_case([failure], runs)(1)
    assert runs == [1]
    assert pauses == []
