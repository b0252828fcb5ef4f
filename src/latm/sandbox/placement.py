"""On which core a worker wakes.

The kernel wakes a process where the one that woke it runs, unless it sees an idle core. In a virtual machine it sees
none, because it takes a core that its hypervisor has put to sleep for a busy one; host and worker then share a core
for milliseconds while another has nothing to do.
"""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from functools import cache


def cores() -> list[int]:
    """The cores that this process may use; on other systems than Linux, all."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def seat(others: int) -> int:
    """A core for one more worker beside so many others: first those on which this process does not run now."""
    here = _libc().sched_getcpu() if sys.platform == "linux" else -1
    free = sorted(cores(), key=here.__eq__)
    return free[others % len(free)]


class Placement:
    """Where one process may run.

    Args:
        pidfd: the process.
        number: of the process.
    """

    def __init__(self, pidfd: int, number: int) -> None:
        self._pidfd = pidfd
        self._number = number
        self._everywhere = os.sched_getaffinity(0)

    @contextlib.contextmanager
    def on(self, core: int) -> Iterator[None]:
        """Let the process, while it sleeps, wake only on one core, until the block ends.

        Does nothing if there is one core, or if this user may not place the process, or if it has ended.
        """
        placed = len(self._everywhere) > 1 and self._place({core})
        try:
            yield
        finally:
            if placed:
                self._place(self._everywhere)

    def _place(self, cores: set[int]) -> bool:
        try:
            # The number of a process that has ended may be another's by now.
            signal.pidfd_send_signal(self._pidfd, 0)
            os.sched_setaffinity(self._number, cores)
        except OSError:  # it has ended, or may not be placed: then it runs where the kernel likes
            return False
        return True


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
