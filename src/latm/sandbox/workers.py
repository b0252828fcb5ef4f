"""What the backends share: calls and batches are spread over workers, and go on if one ends early."""

import asyncio
import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, Self, cast

from latm.errors import SandboxError, SandboxFailureError
from latm.sandbox.allowance import Allowance
from latm.sandbox.batcher import Batcher
from latm.sandbox.exchange import Fate, blame
from latm.sandbox.lane import Lane
from latm.sandbox.pool import LoadError, Nursery, Pool
from latm.sandbox.protocol import Isolation, Limits, Result, Verdict
from latm.sandbox.selftest import PROBE, demand_safety

_REMEMBERED = 1024
_SHARE = 256
"""Calls that are worth a worker of their own, if one has nothing else to do."""


class _Asked(NamedTuple):
    """What all the calls of a batch have in common.

    Attributes:
        program: its source.
        function: its name in the program.
        allowance: what they may cost.
        lane: in which they have their turn.
    """

    program: str
    function: str
    allowance: Allowance
    lane: Lane


class Workers:
    """A `Sandbox` of workers, wherever these come from.

    Args:
        nursery: where they come from.
        limits: what a tool may use.
        isolation: what one fresh worker serves.
        workers: how many run at once; None: one per core.
    """

    _probe = PROBE

    def __init__(self, nursery: Nursery, limits: Limits, isolation: Isolation, workers: int | None) -> None:
        self._limits = limits
        self._isolation = isolation
        self._nursery = nursery
        self._pool = Pool(nursery, limits, workers)
        self._batchers: dict[tuple[str, str], Batcher] = {}

    @property
    def facts(self) -> dict[str, Any]:
        """What is known of where the workers run: what the kernel granted, or versions."""
        return self._nursery.facts

    async def load(self, program: str) -> Result:
        """See `Sandbox.load`."""
        for last in (False, True):
            try:
                handle = await self._pool.acquire(program, self._pool.checks, fresh=True)
            except LoadError as error:
                return error.result
            except SandboxError as error:
                if last:
                    return Result(Verdict.INTERNAL, detail=str(error))
            else:
                # It has run no call, so it may serve the first one at every level.
                self._pool.release(handle, self._pool.checks, keep=True)
                break
        return Result(Verdict.OK)

    async def call(self, program: str, function: str, *arguments: Any) -> Result:
        """See `Sandbox.call`."""
        [result] = await self.batch(program, function, [arguments])
        return result

    async def batch(
        self, program: str, function: str, items: Sequence[Sequence[Any]], *, isolation: Isolation | None = None
    ) -> list[Result]:
        """See `Sandbox.batch`."""
        level = isolation or self._isolation
        if isolation is None and len(items) == 1 and level is Isolation.SHARED:
            return [await self._batcher(program, function).call(items[0])]
        lane = self._pool.answers if isolation is None else self._pool.checks
        asked = _Asked(program, function, Allowance.of(self._limits, len(items)), lane)
        if level is Isolation.CALL:
            return await self._one_by_one(asked, items)
        parts = _parts(items, min(lane.free, len(items) // _SHARE))
        if len(parts) == 1:
            return await self._answer(asked, items, level)
        done = await asyncio.gather(*(self._answer(asked, part, level) for part in parts))
        return [result for results in done for result in results]

    async def close(self) -> None:
        """See `Sandbox.close`."""
        for batcher in self._batchers.values():
            await batcher.close()
        await self._pool.close()
        await self._nursery.close()

    async def __aenter__(self) -> Self:
        try:
            await self._nursery.start()
            self._pool.open()
            await demand_safety(self, self._probe)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _batcher(self, program: str, function: str) -> Batcher:
        found = self._batchers.get((program, function))
        if found is None:
            if len(self._batchers) >= _REMEMBERED:
                self._batchers = {asked: batcher for asked, batcher in self._batchers.items() if not batcher.is_idle}
            found = Batcher(partial(self._together, program, function), self._pool.answers.width)
            self._batchers[program, function] = found
        return found

    async def _together(self, program: str, function: str, items: Sequence[Sequence[Any]]) -> list[Result]:
        """Calls of several callers, each of which may cost what it may cost alone."""
        own = Allowance.of(self._limits, 1)
        allowance = Allowance(own.bytes * len(items), own.seconds * len(items))
        return await self._answer(_Asked(program, function, allowance, self._pool.answers), items, Isolation.SHARED)

    async def _one_by_one(self, asked: _Asked, items: Sequence[Sequence[Any]]) -> list[Result]:
        """Each call by a worker of its own; no more of them in the queue than could run, so that others get turns."""
        results: dict[int, Result] = {}
        waiting = iter(enumerate(items))

        async def work() -> None:
            for index, item in waiting:
                [results[index]] = await self._answer(asked, [item], Isolation.CALL)

        await asyncio.gather(*(work() for _ in range(min(asked.lane.width, len(items)))))
        return [results[index] for index in range(len(items))]

    async def _answer(self, asked: _Asked, calls: Sequence[Sequence[Any]], level: Isolation) -> list[Result]:
        """One result for each call: a worker that ends early marks the call that ended it, and another goes on."""
        results: list[Result | None] = [None] * len(calls)
        shared = level is Isolation.SHARED
        rest: Sequence[int] = range(len(calls))
        stumbled = False
        while rest:
            some = calls if len(rest) == len(calls) else [calls[index] for index in rest]
            done: Sequence[Result | None]
            try:
                if refusal := asked.allowance.refusal():
                    done = [refusal] * len(some)
                else:
                    fresh = stumbled or not shared
                    done = await self._attempt(asked, some, fresh=fresh, keep=shared)
                stumbled = False
            except LoadError as error:
                done = [error.result] * len(some)
            except SandboxError as error:
                done = [Result(Verdict.INTERNAL, detail=str(error)) if stumbled else None] * len(some)
                stumbled = True
            if len(rest) == len(calls) and all(done):
                return cast("list[Result]", done)
            for index, result in zip(rest, done, strict=True):
                results[index] = result
            rest = [index for index in rest if results[index] is None]
        return [result for result in results if result is not None]

    async def _attempt(
        self, asked: _Asked, calls: Sequence[Sequence[Any]], *, fresh: bool, keep: bool
    ) -> Sequence[Result | None]:
        """What one worker makes of some calls: a result for each, or None if it did not come to that.

        Raises:
            LoadError: the program does not import.
            SandboxError: the machine failed before any result came.
        """
        handle = await self._pool.acquire(asked.program, asked.lane, fresh=fresh)
        unharmed = False
        try:
            exchange = await handle.call(asked.function, calls, asked.allowance, asked.lane)
            unharmed = exchange.fate.result() is Fate.DONE
        finally:
            self._pool.release(handle, asked.lane, keep=keep and unharmed)
        if unharmed:
            return exchange.results
        done = [*exchange.results, *[None] * (len(calls) - len(exchange.results))]
        fault = blame(exchange, self._limits)
        if fault is not None:
            done[exchange.place] = fault
        elif not exchange.results and exchange.fate.result() is not Fate.SPENT:
            raise SandboxFailureError(f"The worker was killed, status {exchange.status}.")
        return done


def _parts(items: Sequence[Sequence[Any]], count: int) -> list[Sequence[Sequence[Any]]]:
    """So many parts of about one size, at least one."""
    size = max(1, math.ceil(len(items) / max(1, count)))
    return [items[start : start + size] for start in range(0, len(items), size)] or [items]
