"""The verdict notices what did not happen, and what does not hold."""

from tests.e2e.soak.laws import ALWAYS, broken
from tests.e2e.soak.planted.sitecustomize import PLANTS
from tests.e2e.soak.verdict import LATER, SOON, never_happened, too_much


def test_a_long_run_must_have_met_every_kind_of_fault() -> None:
    met = dict.fromkeys((*SOON, *LATER), 1)
    assert never_happened({}, 60) == []
    assert never_happened(met, 1800) == []
    assert never_happened(met | {"kill leader": 0}, 120) == ["never happened: kill leader"]
    short = dict.fromkeys(SOON, 1)
    assert never_happened(short, 120) == []
    assert len(never_happened(short, 1800)) == len(LATER)


def test_no_service_may_grow_without_end() -> None:
    use = {"peak MB": 120, "descriptors": 40, "threads": 10}
    assert too_much({"api": use}) == []
    assert len(too_much({"api": use, "w": use | {"peak MB": 500, "descriptors": 900}})) == 2


def test_what_breaks_a_law_is_named() -> None:
    law, query = next(iter(ALWAYS.items()))
    assert broken(lambda _query: []) == []
    assert broken(lambda asked: [("one",)] if asked == query else []) == [f"{law} (1: one)"]


def test_every_planted_bug_can_be_planted_still(monkeypatch) -> None:
    from syntropism.adapters.sql.answers import SqlAnswers
    from syntropism.application import cycle
    from syntropism.application.desk import Desk
    from syntropism.domain.execution.executions import Execution

    for owner, names in (
        (SqlAnswers, ("get", "add")),
        (cycle, ("require_lead", "take_lead")),
        (Execution, ("under_way", "require_current")),
        (Desk, ("lease",)),
    ):
        for name in names:
            monkeypatch.setattr(owner, name, getattr(owner, name))
    for plant in PLANTS.values():
        plant()
