"""Control groups of version 2, played by plain folders (version 1 is run for real in the
contract suite where it can be written)."""

from pathlib import Path

import pytest

from syntropism.adapters.process.cgroups import Cgroup, CgroupRoot
from syntropism.adapters.process.meters import Usage


@pytest.fixture
def group(tmp_path: Path) -> Cgroup:
    for name, text in (
        ("memory.max", ""),
        ("memory.swap.max", ""),
        ("memory.oom.group", ""),
        ("pids.max", ""),
        ("cgroup.procs", ""),
        ("cpu.stat", "usage_usec 1234567\nuser_usec 1000000\n"),
        ("memory.stat", "anon 5000\nfile 900\nshmem 70\n"),
        ("memory.current", "6000\n"),
        ("memory.peak", "9000\n"),
        ("memory.events", "low 0\noom 1\noom_kill 0\n"),
        ("pids.current", "3\n"),
    ):
        (tmp_path / name).write_text(text)
    return Cgroup(tmp_path, tmp_path, tmp_path, unified=True)


def test_limits_are_written(group: Cgroup) -> None:
    group.limit(64_000_000, 8)
    assert (group.memory / "memory.max").read_text() == "64000000"
    assert (group.memory / "memory.swap.max").read_text() == "0"
    assert (group.memory / "pids.max").read_text() == "8"


def test_a_missing_controller_is_an_error_and_no_new_file(group: Cgroup) -> None:
    (group.pids / "pids.max").unlink()
    with pytest.raises(OSError, match=r"pids\.max"):
        group.limit(64_000_000, 8)
    assert not (group.pids / "pids.max").exists()


def test_memory_now_is_read_without_the_page_cache_and_its_peak_with_it(group: Cgroup) -> None:
    assert group.usage() == Usage(1_234, 5_070, 9_000, 3)


def test_where_the_kernel_tells_no_peak_it_is_sampled(group: Cgroup) -> None:
    (group.memory / "memory.peak").unlink()
    assert group.usage() == Usage(1_234, 5_070, 6_000, 3)


def test_without_accounts_for_swap_there_is_nothing_to_limit(group: Cgroup) -> None:
    (group.memory / "memory.swap.max").unlink()
    group.limit(64_000_000, 8)
    assert not (group.memory / "memory.swap.max").exists()


def test_figures_that_are_not_there_are_an_error_and_not_zero(group: Cgroup) -> None:
    (group.cpu / "cpu.stat").write_text("nr_periods 0\n")
    with pytest.raises(ValueError, match="usage_usec"):
        group.usage()


def test_only_a_kill_is_out_of_memory(group: Cgroup) -> None:
    assert not group.out_of_memory()
    (group.memory / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    assert group.out_of_memory()


def test_groups_of_dead_workers_are_swept(tmp_path: Path) -> None:
    (tmp_path / "syntropism-1-0-dead").mkdir()
    (tmp_path / "unrelated-1-0").mkdir()
    assert CgroupRoot(tmp_path, tmp_path, tmp_path, unified=True).sweep() == 1
    assert [path.name for path in tmp_path.iterdir()] == ["unrelated-1-0"]
