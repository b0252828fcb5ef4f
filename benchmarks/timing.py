"""A sandbox that tells how long it was waited for, so that the rest can be told apart."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from latm.sandbox import Isolation, Result, Sandbox


class Timed:
    """A sandbox around another.

    Attributes:
        seconds: during which at least one call was under way since `take` was last called.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._under_way = 0
        self._began = 0.0
        self.seconds = 0.0

    def take(self) -> float:
        """The seconds so far, and begin anew."""
        seconds, self.seconds = self.seconds, 0.0
        return seconds

    async def load(self, program: str) -> Result:
        """See `Sandbox.load`."""
        return await self._sandbox.load(program)

    async def call(self, program: str, function: str, *arguments: Any) -> Result:
        """See `Sandbox.call`."""
        return await self._sandbox.call(program, function, *arguments)

    async def batch(
        self, program: str, function: str, items: Sequence[Sequence[Any]], *, isolation: Isolation | None = None
    ) -> list[Result]:
        """See `Sandbox.batch`."""
        if self._under_way == 0:
            self._began = time.perf_counter()
        self._under_way += 1
        try:
            return await self._sandbox.batch(program, function, items, isolation=isolation)
        finally:
            self._under_way -= 1
            if self._under_way == 0:
                self.seconds += time.perf_counter() - self._began

    async def close(self) -> None:
        """See `Sandbox.close`."""
        await self._sandbox.close()

    async def __aenter__(self) -> Self:
        await self._sandbox.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sandbox.__aexit__(kind, error, trace)
