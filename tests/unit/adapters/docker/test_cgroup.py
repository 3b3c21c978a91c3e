"""A container's control groups are found, version 1 and 2."""

from pathlib import Path

import pytest

from syntropism.adapters.docker.cgroup import find_folders

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
