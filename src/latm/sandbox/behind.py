"""A sandbox for work that no caller waits for, behind the work that callers do wait for."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from latm.sandbox.placement import cores
from latm.sandbox.protocol import Isolation, Result, Sandbox


class Behind:
    """Takes half of a sandbox's workers at most, so that whoever calls for a tool finds one free.

    Workers are given out in turn. Where four makings check a tool each, in batches of some milliseconds, a caller who
    stood behind them would wait twenty times as long as the tool takes.

    Args:
        sandbox: the one to take them from.
        workers: how many it runs at once; None: one per core.
    """

    def __init__(self, sandbox: Sandbox, workers: int | None) -> None:
        self._sandbox = sandbox
        self._turns = asyncio.Semaphore(max(1, (workers or len(cores())) // 2))

    async def load(self, program: str) -> Result:
        """See `Sandbox.load`."""
        async with self._turns:
            return await self._sandbox.load(program)

    async def call(self, program: str, function: str, *arguments: Any) -> Result:
        """See `Sandbox.call`."""
        async with self._turns:
            return await self._sandbox.call(program, function, *arguments)

    async def batch(
        self, program: str, function: str, items: Sequence[Sequence[Any]], *, isolation: Isolation | None = None
    ) -> list[Result]:
        """See `Sandbox.batch`."""
        async with self._turns:
            return await self._sandbox.batch(program, function, items, isolation=isolation)

    async def close(self) -> None:
        """See `Sandbox.close`."""
        await self._sandbox.close()

    async def __aenter__(self) -> Self:
        """See `Sandbox`."""
        await self._sandbox.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See `Sandbox`."""
        await self._sandbox.__aexit__(kind, error, trace)
