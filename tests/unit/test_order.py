from itertools import groupby

from tests.order import TESTS, spread

WAITING = [TESTS / "contracts" / f"test_{number}.py" for number in range(10)]
COMPUTING = [TESTS / "properties" / folder / "test_laws.py" for folder in ("market", "simulation")]
SHORT = TESTS / "unit" / "test_short.py"


def ordered(*files):
    tests = [(path, number) for path in files for number in range(20)]
    return tests, spread(tests, lambda test: test[0])


def test_every_test_is_run_once():
    tests, found = ordered(*WAITING, *COMPUTING, SHORT)
    assert sorted(found) == sorted(tests)
    assert len(found) == len(tests)


def test_tests_that_compute_come_evenly_between_files_that_wait():
    _, found = ordered(*WAITING, *COMPUTING, SHORT)
    kinds = [path in COMPUTING for path, _ in found if path != SHORT]
    runs = [len(list(run)) for computes, run in groupby(kinds) if computes]
    assert len(runs) >= len(WAITING) - 1
    assert max(runs) <= 6


def test_files_that_wait_stay_whole_and_in_order_and_short_tests_are_last():
    tests, found = ordered(SHORT, *WAITING, *COMPUTING)
    assert [test for test in found if test[0] in WAITING] == [t for t in tests if t[0] in WAITING]
    kept = [path for path, _ in groupby(found, lambda test: test[0])]
    assert [kept.count(path) for path in WAITING] == [1] * len(WAITING)
    assert found[-20:] == [(SHORT, number) for number in range(20)]


def test_nothing_but_computing_or_nothing_at_all_can_be_ordered():
    assert spread([], lambda test: test) == []
    tests, found = ordered(COMPUTING[0])
    assert found == tests
