"""A worker is known by machine, PID namespace, pid and start: only a dead one is gone."""

import os
import subprocess

from syntropism.adapters.docker.workers import gone, this_worker


def test_this_worker_lives() -> None:
    assert not gone(this_worker())


def test_a_worker_whose_pid_was_given_to_another_process_is_gone() -> None:
    place, pid, _ = this_worker().rsplit("-", 2)
    assert gone(f"{place}-{pid}-1")


def test_a_worker_that_ended_is_gone() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    place = this_worker().rsplit("-", 2)[0]
    assert gone(f"{place}-{child.pid}-{os.getpid()}")


def test_of_other_machines_nothing_is_known() -> None:
    for worker in ("", "elsewhere", "elsewhere-1-1", this_worker().replace(".", ".9", 1)):
        assert not gone(worker)
