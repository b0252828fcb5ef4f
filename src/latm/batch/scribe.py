"""The scribe: it writes lines to an output, none before the record has its answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from latm.batch.line import Line
from latm.batch.output import Output


class Scribe:
    """Writes the lines of a run in order, while the run goes on.

    Args:
        output: where they go.
        recorded: waits until all answers that were given so far are on record.
        written: is given lines that are in the output now.
        most: lines that wait at most; a stream that is faster than the record waits for it then.
    """

    def __init__(
        self,
        output: Output,
        recorded: Callable[[], Awaitable[None]],
        written: Callable[[Sequence[Line]], object],
        *,
        most: int,
    ) -> None:
        self._output = output
        self._recorded = recorded
        self._written = written
        self._most = most
        self._waiting: list[Line] = []
        self._passed = 0
        self._following: asyncio.Task[None] | None = None

    async def take(self, lines: Sequence[Line], *, are_recorded: bool) -> None:
        """Take the next lines, to be written once they are on record.

        Args:
            lines: in order.
            are_recorded: whether they are, and so all before them; then they are written at once.

        Raises:
            StoreFullError: lines could not be written; those before are safe.
        """
        self._waiting += lines
        if are_recorded:
            self._write(len(self._waiting))
        if self._following is not None and (self._following.done() or len(self._waiting) >= self._most):
            await asyncio.shield(self._following)  # a run that is broken off here still writes what waits
            self._following = None
        if self._waiting and self._following is None:
            self._following = asyncio.create_task(self._follow(), name="latm scribe")

    async def finish(self) -> None:
        """Wait until all of them are written.

        Raises:
            StoreFullError: they could not be written; those before are safe.
        """
        if self._following is not None:
            await asyncio.shield(self._following)

    async def _follow(self) -> None:
        while self._waiting:
            end = self._passed + len(self._waiting)
            await self._recorded()
            self._write(end - self._passed)

    def _write(self, count: int) -> None:
        """Write so many of those that wait; others may have written them meanwhile."""
        lines = self._waiting[: max(0, count)]
        if lines:
            self._output.append(lines)
            del self._waiting[: len(lines)]
            self._passed += len(lines)
            self._written(lines)
