"""The warden: looks at every worker several times a second, and ends those that take what nobody gave them.

Limits of time hold while a worker answers, and the address space is limited always. Neither sees what a tool goes on
computing after its reply, nor the page tables that it has the kernel build.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from latm.sandbox.handle import Handle
from latm.sandbox.heat import Heat
from latm.sandbox.protocol import Limits

INTERVAL = 0.25
"""Seconds from look to look."""

_IDLE_SECONDS = 0.1
"""Of processor time that a worker may use after its reply: to clear up, and to wait awake for a moment."""
_SLACK = 1 << 23
"""Bytes beside the limit, for what the interpreter itself takes, and page tables for what the tool may take."""

_log = logging.getLogger("latm.sandbox")


class Warden:
    """Watches workers.

    Args:
        limits: what a tool may use.
        workers: those that there are, the ones to be ended first, first.
        heat: where a tool is marked.
        idle_bytes: what all workers that have nothing to do may hold together.
    """

    def __init__(self, limits: Limits, workers: Callable[[], Iterable[Handle]], heat: Heat, idle_bytes: int) -> None:
        self._limits = limits
        self._workers = workers
        self._heat = heat
        self._idle_bytes = idle_bytes
        self._seen: dict[Handle, tuple[int, float]] = {}

    async def watch(self, zygote: Callable[[], int]) -> None:
        """Look, at intervals, until cancelled.

        Args:
            zygote: its process, by whose memory that of the workers is measured; 0 where there is none.
        """
        while True:
            await asyncio.sleep(INTERVAL)
            self.look(held(zygote()))

    def look(self, base: int) -> None:
        """Look once; `base` is what a worker holds before it runs a tool, in bytes."""
        seen: dict[Handle, tuple[int, float]] = {}
        idle: list[tuple[int, Handle]] = []
        for handle in self._workers():
            taken = max(0, held(handle.number) - base)
            if taken > self._limits.memory_bytes + _SLACK:
                handle.condemn(f"it held {taken >> 20} MB of memory, page tables included")
            elif not handle.busy:
                idle.append((taken, handle))
                self._watch_time(handle, seen)
        self._seen = seen
        self._free_memory(idle)

    def _watch_time(self, handle: Handle, seen: dict[Handle, tuple[int, float]]) -> None:
        used = processor_seconds(handle.number)
        exchanges, before = self._seen.get(handle, (-1, 0.0))
        if exchanges != handle.exchanges:
            before = used
        seen[handle] = handle.exchanges, before
        if used - before > _IDLE_SECONDS and handle.program is not None:
            self._heat.mark(handle.program)
            _log.warning("A tool went on computing after its reply: its worker is ended, and kept no more.")
            handle.kill()

    def _free_memory(self, idle: list[tuple[int, Handle]]) -> None:
        too_much = sum(taken for taken, _ in idle) - self._idle_bytes
        for taken, handle in idle:
            if too_much <= 0:
                return
            handle.kill()
            too_much -= taken


def processor_seconds(process: int) -> float:
    """What a process has had of the cores; 0 where it has ended. One system call, for which it need not be readable."""
    try:
        return time.clock_gettime((~process << 3) | 2)
    except OSError:
        return 0.0


def held(process: int) -> int:
    """Bytes that a process holds, with its page tables; 0 where it has ended, or may not be read."""
    try:
        text = Path(f"/proc/{process}/status").read_bytes()
    except OSError:
        return 0
    return sum(_kilobytes(text, name) for name in (b"VmRSS:", b"VmPTE:")) << 10


def _kilobytes(text: bytes, name: bytes) -> int:
    _, found, rest = text.partition(name)
    return int(rest.split(None, 1)[0]) if found else 0
