"""The Linux jail: tools run in locked processes, forked from a zygote and killed from outside."""

import asyncio
import os
import secrets
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from latm.sandbox.handle import Ending, Exchange, Handle
from latm.sandbox.nursery import Nursery
from latm.sandbox.program import identity
from latm.sandbox.protocol import Isolation, Limits, Result, Verdict
from latm.sandbox.wire import encode, frame, pack

_SLICE = 128


class Jail:
    """A `Sandbox` of locked processes.

    Args:
        limits: what a tool may use.
        isolation: what one fresh fork serves.
        workers: how many run at once; None: one per core.
    """

    def __init__(self, limits: Limits, isolation: Isolation, workers: int | None = None) -> None:
        self._limits = limits
        self._isolation = isolation
        self._nursery = Nursery(limits)
        self._slots = asyncio.Semaphore(workers or os.cpu_count() or 1)
        self._idle: dict[str, list[Handle]] = {}

    async def load(self, program: str) -> Result:
        """See `Sandbox.load`."""
        results = await self._run(program, "", [])
        return results[0]

    async def call(self, program: str, function: str, *arguments: Any) -> Result:
        """See `Sandbox.call`."""
        results = await self._run(program, function, [arguments])
        return results[1]

    async def batch(self, program: str, function: str, items: Sequence[Sequence[Any]]) -> list[Result]:
        """See `Sandbox.batch`."""
        if self._isolation is Isolation.CALL:
            apart = await asyncio.gather(*(self._run(program, function, [item]) for item in items))
            return [results[1] for results in apart]
        results = await self._run(program, function, items)
        return results[1:]

    async def close(self) -> None:
        """See `Sandbox.close`."""
        for handles in self._idle.values():
            for handle in handles:
                handle.kill()
        self._idle.clear()
        await self._nursery.close()

    async def __aenter__(self) -> Self:
        await self._nursery.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, source: str, function: str, items: Sequence[Sequence[Any]]) -> list[Result]:
        """The load's result, then one for each item."""
        packed = [[pack(argument) for argument in item] for item in items]
        results: list[Result | None] = [None] * (len(items) + 1)
        todo = list(range(len(items)))
        failures = 0
        while results[0] is None or todo:
            async with self._slots:
                handle = await self._handle(source)
                ending, exchange, place = await self._converse(handle, source, function, packed, todo)
            indices = [0, *(index + 1 for index in todo)] if handle.program is None else [i + 1 for i in todo]
            if handle.program is not None and results[0] is None:
                results[0] = Result(Verdict.OK, value=True)
            for index, result in zip(indices, exchange.results, strict=False):
                results[index] = result
            rest = indices[len(exchange.results) :]
            if ending is Ending.DONE and self._isolation is Isolation.SHARED and results[0].verdict is Verdict.OK:
                handle.program = identity(source)
                self._idle.setdefault(handle.program, []).append(handle)
            else:
                handle.kill()
            if ending is not Ending.DONE:
                blamed, failures = self._blame(ending, exchange, failures)
                if blamed is not None:
                    culprit = min(max(place, len(exchange.results)), len(indices) - 1)
                    results[indices[culprit]] = blamed
                    rest = [index for index in rest if index != indices[culprit]]
            load = results[0]
            if load is not None and load.verdict is not Verdict.OK:
                return [load] * len(results)
            todo = [index - 1 for index in rest if index > 0]
        return [result for result in results if result is not None]

    def _blame(self, ending: Ending, exchange: Exchange, failures: int) -> tuple[Result | None, int]:
        if ending is Ending.TIME:
            return Result(Verdict.TIME, detail=f"it ran for more than {self._limits.seconds} s"), 0
        if ending is Ending.FORGED:
            return Result(Verdict.ERROR, detail=f"the tool wrote to its reply channel: {exchange.reason}"), 0
        if exchange.status != -9:
            return Result(Verdict.ERROR, detail=f"the tool ended its process, status {exchange.status}"), 0
        if failures:
            return Result(Verdict.INTERNAL, detail="the worker was killed twice"), 0
        return None, failures + 1

    async def _handle(self, source: str) -> Handle:
        kept = self._idle.get(identity(source))
        return kept.pop() if kept else await self._nursery.fork()

    async def _converse(
        self, handle: Handle, source: str, function: str, packed: list[list[Any]], todo: list[int]
    ) -> tuple[Ending, Exchange, int]:
        number = secrets.randbits(64)

        def frames() -> Iterator[bytes]:
            if handle.program is None:
                yield frame(number, encode(source))
            for start in range(0, len(todo), _SLICE):
                yield frame(number, encode([function, [packed[index] for index in todo[start : start + _SLICE]]]))

        try:
            ending, exchange = await handle.exchange(number, frames(), len(todo) + (handle.program is None))
        except BaseException:
            handle.kill()
            raise
        return ending, exchange, handle.progress()
