"""Where a worker wakes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from types import SimpleNamespace

import pytest

from latm.sandbox import placement
from latm.sandbox.placement import Placement, seat

CORES = sorted(os.sched_getaffinity(0))

Placed = list[tuple[int, AbstractSet[int]]]


@pytest.fixture
def cores() -> set[int]:
    """Those that this process may use, whatever the machine has."""
    return {0, 1}


@pytest.fixture
def placed(cores: set[int], monkeypatch: pytest.MonkeyPatch) -> Placed:
    """Where the kernel is asked to hold processes."""
    asked: Placed = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: cores)
    monkeypatch.setattr(os, "sched_setaffinity", lambda number, where: asked.append((number, where)))
    return asked


@pytest.fixture
def sleeper() -> Iterator[tuple[int, int]]:
    """A process that sleeps: its number and a pidfd."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        pidfd = os.pidfd_open(process.pid)
        yield process.pid, pidfd
        os.close(pidfd)
        process.kill()


@pytest.mark.skipif(len(CORES) == 1, reason="there is one core only")
def test_the_kernel_holds_a_process_to_one_core_and_then_lets_it_go(sleeper: tuple[int, int]) -> None:
    number, pidfd = sleeper
    with Placement(pidfd, number).on(CORES[-1]):
        assert os.sched_getaffinity(number) == {CORES[-1]}
    assert os.sched_getaffinity(number) == set(CORES)


def test_a_process_is_held_to_one_core_and_then_let_go(sleeper: tuple[int, int], placed: Placed) -> None:
    number, pidfd = sleeper
    with Placement(pidfd, number).on(1):
        assert placed == [(number, {1})]
    assert placed == [(number, {1}), (number, {0, 1})]


@pytest.mark.parametrize("cores", [{0}])
def test_where_there_is_one_core_only_nothing_is_placed(sleeper: tuple[int, int], placed: Placed) -> None:
    with Placement(sleeper[1], sleeper[0]).on(0):
        pass
    assert placed == []


def test_a_process_that_has_ended_is_left_alone(placed: Placed) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pidfd = os.pidfd_open(process.pid)
    with Placement(pidfd, process.pid).on(1):
        os.close(pidfd)
    assert placed == []


def test_a_process_that_may_not_be_placed_runs_where_it_likes(
    sleeper: tuple[int, int], placed: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(number: int, where: AbstractSet[int]) -> None:
        placed.append((number, where))
        raise PermissionError(number, where)

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    with Placement(sleeper[1], sleeper[0]).on(1):
        pass
    assert placed == [(sleeper[0], {1})]


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize(
    ("cores", "seats"), [({0}, [0, 0]), ({0, 1}, [0, 1, 0]), ({0, 1, 2, 5}, [0, 2, 5, 1, 0])], ids=["1", "2", "4"]
)
def test_workers_sit_apart_as_long_as_cores_are_free_and_last_where_this_process_runs(
    seats: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "_libc", lambda: SimpleNamespace(sched_getcpu=lambda: 1))
    assert [seat(others) for others in range(len(seats))] == seats
