"""The workers at hand: those that have a program loaded, and a few fresh ones in reserve."""

import asyncio
import contextlib
import os
from collections.abc import Sequence
from itertools import chain
from typing import Any, Protocol, cast

from latm.errors import SandboxError, SandboxFailureError
from latm.sandbox.conversation import Worker
from latm.sandbox.exchange import Exchange, blame
from latm.sandbox.heat import Heat
from latm.sandbox.lane import Aside, Lane
from latm.sandbox.placement import cores
from latm.sandbox.protocol import Limits, Result, Verdict
from latm.sandbox.room import Room
from latm.sandbox.warden import Warden

_KEPT_PER_WORKER = 8
_USEFUL_PER_WORKER = 16
_SHARE_OF_MEMORY = 0.5
_BREATH_SECONDS = 0.005
"""Until a worker is made ready ahead: what is still under way has the cores first."""


class Nursery(Protocol):
    """Where workers come from."""

    @property
    def facts(self) -> dict[str, Any]:
        """What is known of where they run."""
        ...

    async def start(self) -> object:
        """Make it possible to fork workers.

        Raises:
            SandboxUnavailableError: they cannot be had on this machine.
        """
        ...

    async def close(self) -> None:
        """End every worker."""
        ...

    async def fork(self) -> Worker:
        """A fresh worker.

        Raises:
            SandboxFailureError: the machine failed.
        """
        ...

    def workers(self) -> Sequence[Worker]:
        """Every worker that has not been buried."""
        ...

    def held(self) -> int:
        """Bytes of memory that a worker holds before it runs a tool."""
        ...


class LoadError(Exception):
    """A program does not import.

    Attributes:
        result: why.
    """

    def __init__(self, result: Result) -> None:
        super().__init__(result)
        self.result = result


class Pool:
    """Lends out workers, so many at once.

    Args:
        nursery: where fresh ones come from.
        limits: what a tool may use.
        workers: how many may run at once; None: one per core.

    Attributes:
        answers: the lane of those that serve.
        checks: the lane of those that verify, half as wide at most.
    """

    def __init__(self, nursery: Nursery, limits: Limits, workers: int | None) -> None:
        self._nursery = nursery
        self._limits = limits
        share = _share_of_memory()
        room = share // limits.memory_bytes
        self._running = min(workers or len(cores()), max(1, room - room // 3))
        self._room = Room(_KEPT_PER_WORKER * self._running, _USEFUL_PER_WORKER * self._running)
        self.answers = Lane(self._running)
        self.checks = Aside(max(1, min(self._running // 2, room // 3)), self.answers)
        self._loaded: dict[str, list[Worker]] = {}
        self._heat = Heat()
        busy_bytes = (self.answers.width + self.checks.width) * limits.memory_bytes
        idle_bytes = max(share - busy_bytes, busy_bytes // 4)
        self._warden = Warden(limits, self._coldest_first, self._heat, idle_bytes)
        self._watching: asyncio.Task[None] | None = None
        self._reserve: list[Worker] = []
        self._refilling: asyncio.Task[None] | None = None
        self._priming: dict[str, set[asyncio.Task[None]]] = {}
        self._open = True

    async def acquire(self, program: str, lane: Lane, *, fresh: bool) -> Worker:
        """A worker with the program loaded, for one exchange; give it back by `release`.

        Args:
            program: its source.
            lane: in which it has its turn.
            fresh: whether it must have run no call before.

        Raises:
            LoadError: the program does not import.
            SandboxError: the machine failed.
        """
        others = await lane.enter()
        self._heat.touch(program)
        try:
            handle = await self._fit(program, fresh)
        except BaseException:
            lane.leave()
            raise
        handle.others = others
        return handle

    def release(self, handle: Worker, lane: Lane, *, keep: bool) -> None:
        """Take a worker back: to serve its program again, or to end.

        Args:
            handle: the worker.
            lane: in which it had its turn.
            keep: whether it may serve again.
        """
        is_check = lane is self.checks
        lane.leave(handle.processor_seconds() if is_check else 0.0)
        marked = handle.program is not None and self._heat.marked(handle.program)
        if keep and handle.alive and not marked:
            self._keep(handle)
            return
        # Soon, not now: who waits for the results need not wait for the clearing up.
        loop = asyncio.get_running_loop()
        loop.call_soon(handle.kill)
        # A making rarely asks for a tool again soon.
        if not is_check and handle.program is not None and not marked:
            loop.call_later(_BREATH_SECONDS, self._prime_soon, handle.program)

    def open(self) -> None:
        """Begin to fork ahead, and to watch the workers."""
        self.refill()
        self._watching = asyncio.create_task(self._warden.watch(self._nursery.held))

    async def close(self) -> None:
        """Stop all work ahead; the nursery ends the workers."""
        self._open = False
        ahead = [
            *([self._watching] if self._watching else []),
            *chain(*self._priming.values()),
            *([self._refilling] if self._refilling else []),
        ]
        for task in ahead:
            task.cancel()
        if ahead:
            await asyncio.wait(ahead)

    async def _fit(self, program: str, fresh: bool) -> Worker:
        while (handle := self._take(program, fresh)) is None:
            if not fresh or program not in self._priming:
                return await self._load(program)
            await asyncio.wait(self._priming[program], return_when=asyncio.FIRST_COMPLETED)
        return handle

    def _take(self, program: str, fresh: bool) -> Worker | None:
        kept = self._loaded.get(program, [])
        fit = next((handle for handle in kept if handle.alive and not (fresh and handle.used)), None)
        if fit is not None:
            kept.remove(fit)
        return fit

    async def _load(self, program: str) -> Worker:
        self._room.missed(program)
        handle = await self._fresh()
        try:
            exchange = await handle.load(program)
            self._demand_loaded(exchange)
        except BaseException:
            handle.kill()
            raise
        return handle

    def _demand_loaded(self, exchange: Exchange) -> None:
        failure = blame(exchange, self._limits)
        if failure is None and not exchange.results:
            raise SandboxFailureError("A worker was killed while it loaded a program.")
        result = failure or exchange.results[0]
        if result.verdict is not Verdict.OK:
            raise LoadError(result)

    async def _fresh(self) -> Worker:
        while self._reserve:
            handle = self._reserve.pop()
            if handle.alive:
                self.refill()
                return handle
        self.refill()
        return await self._nursery.fork()

    def _prime_soon(self, program: str) -> None:
        """A caller that asked a program once asks it again, and may need a worker that has not run others' calls."""
        ahead = self._priming.get(program, set())
        ready = sum(not handle.used for handle in self._loaded.get(program, []))
        if self._open and ready + len(ahead) < self._running and sum(map(len, self._priming.values())) < self._running:
            self._priming[program] = ahead | {asyncio.create_task(self._prime(program))}

    async def _prime(self, program: str) -> None:
        """Load a program into a fresh worker ahead of the next request for it."""
        try:
            # What fails here fails again, and is heard, when the program is asked for.
            with contextlib.suppress(SandboxError, LoadError):
                self._keep(await self._load(program))
        finally:
            ahead = self._priming[program]
            ahead.remove(cast("asyncio.Task[None]", asyncio.current_task()))
            if not ahead:
                del self._priming[program]

    def _keep(self, handle: Worker) -> None:
        if handle.program is not None:
            self._loaded.setdefault(handle.program, []).append(handle)
            if sum(map(len, self._loaded.values())) > self._room.size:
                self._forget_coldest()

    def _forget_coldest(self) -> None:
        """End what is missed least: a program's second worker before anyone's only one, one-off programs before hot."""
        self._loaded = {program: living for program, kept in self._loaded.items() if (living := _living(kept))}
        while sum(map(len, self._loaded.values())) > self._room.size:
            coldest = min(self._loaded, key=lambda program: (len(self._loaded[program]) == 1, self._heat.of(program)))
            self._loaded[coldest].pop(0).kill()
            self._loaded = {program: kept for program, kept in self._loaded.items() if kept}
            self._room.ended(coldest)

    def _coldest_first(self) -> list[Worker]:
        kept = [handle for program in sorted(self._loaded, key=self._heat.of) for handle in self._loaded[program]]
        idle = set(kept)
        return [*_living(kept), *(handle for handle in self._nursery.workers() if handle not in idle and handle.alive)]

    def refill(self) -> None:
        """Fork ahead, in the background, so that the next fresh worker need not be waited for."""
        if self._refilling is None or self._refilling.done():
            self._refilling = asyncio.create_task(self._refill())

    async def _refill(self) -> None:
        # A machine that fails here fails again, and is heard, when a worker is asked for.
        with contextlib.suppress(SandboxError):
            while len(self._reserve) < self._running:
                self._reserve.append(await self._nursery.fork())


def _living(handles: list[Worker]) -> list[Worker]:
    return [handle for handle in handles if handle.alive]


def _share_of_memory() -> int:
    """Bytes of the machine's memory that workers may be given, as far as their limits tell."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return int(physical * _SHARE_OF_MEMORY)
