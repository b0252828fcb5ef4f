"""Where a worker wakes."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from latm.sandbox.placement import Placement, seat

CORES = sorted(os.sched_getaffinity(0))


@pytest.fixture
def sleeper() -> Iterator[tuple[int, int]]:
    """A process that sleeps: its number and a pidfd."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        pidfd = os.pidfd_open(process.pid)
        yield process.pid, pidfd
        os.close(pidfd)
        process.kill()


@pytest.mark.skipif(len(CORES) == 1, reason="there is one core only")
def test_a_process_is_held_to_one_core_and_then_let_go(sleeper: tuple[int, int]) -> None:
    number, pidfd = sleeper
    with Placement(pidfd, number).on(CORES[-1]):
        assert os.sched_getaffinity(number) == {CORES[-1]}
    assert os.sched_getaffinity(number) == set(CORES)


def test_a_process_that_has_ended_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pidfd = os.pidfd_open(process.pid)
    with Placement(pidfd, process.pid).on(CORES[0]):
        os.close(pidfd)


def test_a_process_that_may_not_be_placed_runs_where_it_likes(
    sleeper: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(number: int, cores: set[int]) -> None:
        raise PermissionError(number, cores)

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    with Placement(sleeper[1], sleeper[0]).on(CORES[0]):
        assert os.sched_getaffinity(sleeper[0]) == set(CORES)


def test_workers_sit_apart_as_long_as_cores_are_free() -> None:
    assert {seat(others) for others in range(3 * len(CORES))} == set(CORES)
    assert all(seat(others) in CORES for others in range(3 * len(CORES)))
