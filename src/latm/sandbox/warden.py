"""The warden: looks at every worker several times a second, and ends those that take what nobody gave them.

Limits of time hold while a worker answers, and the address space is limited always. Neither sees what a tool goes on
computing after its reply, nor the page tables that it has the kernel build.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from latm.sandbox.conversation import Worker
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

    def __init__(self, limits: Limits, workers: Callable[[], Iterable[Worker]], heat: Heat, idle_bytes: int) -> None:
        self._limits = limits
        self._workers = workers
        self._heat = heat
        self._idle_bytes = idle_bytes
        self._seen: dict[Worker, tuple[int, float]] = {}

    async def watch(self, base: Callable[[], int]) -> None:
        """Look, at intervals, until cancelled; see `look`."""
        while True:
            await asyncio.sleep(INTERVAL)
            self.look(base())

    def look(self, base: int) -> None:
        """Look once; `base` is what a worker holds before it runs a tool, in bytes."""
        seen: dict[Worker, tuple[int, float]] = {}
        idle: list[tuple[int, Worker]] = []
        for handle in self._workers():
            taken = max(0, handle.held() - base)
            if taken > self._limits.memory_bytes + _SLACK:
                handle.condemn(f"it held {taken >> 20} MB of memory, page tables included")
            elif not handle.busy:
                idle.append((taken, handle))
                self._watch_time(handle, seen)
        self._seen = seen
        self._free_memory(idle)

    def _watch_time(self, handle: Worker, seen: dict[Worker, tuple[int, float]]) -> None:
        used = handle.processor_seconds()
        exchanges, before = self._seen.get(handle, (-1, 0.0))
        if exchanges != handle.exchanges:
            before = used
        seen[handle] = handle.exchanges, before
        if used - before > _IDLE_SECONDS and handle.program is not None:
            self._heat.mark(handle.program)
            _log.warning("A tool went on computing after its reply: its worker is ended, and kept no more.")
            handle.kill()

    def _free_memory(self, idle: list[tuple[int, Worker]]) -> None:
        too_much = sum(taken for taken, _ in idle) - self._idle_bytes
        for taken, handle in idle:
            if too_much <= 0:
                return
            handle.kill()
            too_much -= taken
