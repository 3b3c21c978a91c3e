"""What every usage meter must keep."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from syntropism.application.ports.usage_meter import LiveUsage, UsageMeter
from syntropism.domain.errors import InsufficientCredits

ONE = "01890000-0000-7000-8000-000000000001"
TWO = "01890000-0000-7000-8000-000000000002"


class UsageMeterContract:
    """Inherit, and give ``meter``: another view of the same counters at each call."""

    @pytest.fixture
    def meter(self) -> Callable[[], UsageMeter]:
        raise NotImplementedError

    def test_what_is_sampled_is_seen_by_everybody(self, meter) -> None:
        worker, api = meter(), meter()
        assert api.read(ONE, 1) is None
        worker.sample(ONE, 1, 250, 4096)
        assert api.read(ONE, 1) == LiveUsage(250, 4096)
        worker.sample(ONE, 1, 700, 1024)
        assert api.read(ONE, 1) == LiveUsage(700, 4096)

    def test_a_late_sample_takes_nothing_back(self, meter) -> None:
        one = meter()
        one.sample(ONE, 1, 700, 4096)
        one.sample(ONE, 1, 300, 1024)
        assert one.read(ONE, 1) == LiveUsage(700, 4096)

    def test_windows_and_attempts_are_counted_apart(self, meter) -> None:
        one = meter()
        one.sample(ONE, 1, 1, 1)
        one.sample(ONE, 2, 2, 2)
        one.sample(TWO, 1, 3, 3)
        assert [one.read(*key).cpu_ms for key in ((ONE, 1), (ONE, 2), (TWO, 1))] == [1, 2, 3]

    def test_tokens_are_reserved_before_and_settled_after(self, meter) -> None:
        one = meter()
        one.reserve(ONE, 1, 60, 100)
        with pytest.raises(InsufficientCredits):
            one.reserve(ONE, 1, 41, 100)
        one.settle(ONE, 1, 60, 25)
        one.reserve(ONE, 1, 75, 100)
        assert one.read(ONE, 1) == LiveUsage(tokens_used=25, tokens_reserved=75)
        one.settle(ONE, 1, 75, 80)
        assert one.read(ONE, 1) == LiveUsage(tokens_used=105)

    def test_a_quota_is_never_exceeded_by_those_who_reserve_at_once(self, meter) -> None:
        meters = [meter() for _ in range(4)]

        def reserve(number: int) -> int:
            try:
                meters[number % 4].reserve(ONE, 1, 7, 100)
            except InsufficientCredits:
                return 0
            return 7

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(reserve, range(24))) == 98
        assert meters[0].read(ONE, 1) == LiveUsage(tokens_reserved=98)

    def test_it_is_flushed_once_and_what_comes_late_is_lost(self, meter) -> None:
        worker, api = meter(), meter()
        worker.sample(ONE, 1, 250, 4096)
        api.reserve(ONE, 1, 10, 10)
        assert worker.flush(ONE, 1) == LiveUsage(250, 4096, 0, 10)
        assert worker.flush(ONE, 1) is None
        worker.sample(ONE, 1, 300, 5000)
        api.settle(ONE, 1, 10, 10)
        assert api.read(ONE, 1) is None
        assert worker.flush(TWO, 1) is None
