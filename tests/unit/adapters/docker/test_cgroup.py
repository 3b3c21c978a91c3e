"""A container's control groups are found and read, version 1 and 2 (that of this machine is read
for real in the contract suite; the other one is played by plain files)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syntropism.adapters.docker import cgroup
from syntropism.adapters.docker.cgroup import ContainerMeter, Usage, find_folders
from syntropism.application.ports.sandbox import ProviderFailed

V1_GROUPS = "11:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/docker/abc\n"
V1_MOUNTS = (
    "30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw shared:1 - cgroup cgroup rw,cpu,cpuacct\n"
    "31 25 0:27 / /sys/fs/cgroup/memory rw shared:2 - cgroup cgroup rw,memory\n"
    "32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n"
)
V2_GROUPS = "0::/system.slice/docker-abc.scope\n"
V2_MOUNTS = "30 25 0:26 / /sys/fs/cgroup rw shared:1 - cgroup2 cgroup2 rw,nsdelegate\n"


def proc(folder: Path, groups: str, mounts: str) -> Path:
    for name, file, text in (("7", "cgroup", groups), ("self", "mountinfo", mounts)):
        (folder / name).mkdir()
        (folder / name / file).write_text(text)
    return folder


def test_version_1_has_a_folder_per_controller(tmp_path: Path) -> None:
    assert find_folders(7, proc(tmp_path, V1_GROUPS, V1_MOUNTS)) == {
        "cpuacct": Path("/sys/fs/cgroup/cpu,cpuacct/docker/abc"),
        "memory": Path("/sys/fs/cgroup/memory/docker/abc"),
    }


def test_version_2_has_one_folder(tmp_path: Path) -> None:
    assert find_folders(7, proc(tmp_path, V2_GROUPS, V2_MOUNTS)) == {
        "": Path("/sys/fs/cgroup/system.slice/docker-abc.scope")
    }


def test_a_mount_that_shows_only_a_part_is_understood(tmp_path: Path) -> None:
    mounts = V2_MOUNTS.replace(" / /sys", " /system.slice /sys")
    assert find_folders(7, proc(tmp_path, V2_GROUPS, mounts)) == {
        "": Path("/sys/fs/cgroup/docker-abc.scope")
    }


def test_without_control_groups_nothing_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        find_folders(7, proc(tmp_path, V2_GROUPS, ""))


V2_FILES = {
    "cpu.stat": "usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n",
    "memory.current": "6000\n",
    "memory.peak": "9000\n",
    "memory.events": "low 0\nhigh 0\nmax 7\noom 1\noom_kill 0\noom_group_kill 0\n",
}
V1_FILES = {
    "cpuacct.usage": "1234567890\n",
    "memory.max_usage_in_bytes": "9000\n",
    "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
}


@contextmanager
def meter(
    folder: Path, files: dict[str, str], patch: pytest.MonkeyPatch, names: tuple[str, ...] = ("",)
) -> Iterator[ContainerMeter]:
    for name, text in files.items():
        (folder / name).write_text(text)
    patch.setattr(cgroup, "find_folders", lambda _: dict.fromkeys(names, folder))
    found = ContainerMeter(7)
    yield found
    found.close()


def test_version_2_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with meter(tmp_path, V2_FILES, monkeypatch) as found:
        assert found.sample() == Usage(1_234, 9_000, 0)
        (tmp_path / "memory.events").write_text("oom 2\noom_kill 1\n")
        assert found.sample() == Usage(1_234, 9_000, 1)


def test_version_1_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with meter(tmp_path, V1_FILES, monkeypatch, ("cpuacct", "memory")) as found:
        assert found.sample() == Usage(1_234, 9_000, 2)


def test_before_linux_5_19_the_peak_is_the_most_that_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: text for name, text in V2_FILES.items() if name != "memory.peak"}
    with meter(tmp_path, files, monkeypatch) as found:
        for now, peak in ((6_000, 6_000), (8_000, 8_000), (2_000, 8_000)):
            (tmp_path / "memory.current").write_text(f"{now}\n")
            assert found.sample().memory_peak_bytes == peak


def test_a_group_that_is_gone_keeps_its_last_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with meter(tmp_path, V2_FILES, monkeypatch) as found:
        before = found.sample()
        for name in V2_FILES:
            (tmp_path / name).write_text("")  # a removed group's files cannot be read
        assert found.sample() == before


def test_a_group_that_does_not_tell_its_cpu_time_is_a_fault_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = V2_FILES | {"cpu.stat": "nr_periods 0\n"}
    with pytest.raises(ProviderFailed, match="usage_usec"), meter(tmp_path, files, monkeypatch):
        pass
