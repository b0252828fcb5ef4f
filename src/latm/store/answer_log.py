"""The answer log: answers reach the tool cache in batches, off the hot path."""

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from latm.answer import Answer


class AnswerTable(Protocol):
    """Where answers are recorded, all of a batch or none."""

    def record_answers(self, batch: Sequence[Answer]) -> None:
        """Put answers on record."""
        ...


class AnswerLog:
    """Collects answers and writes them in the background.

    What could not be written stays in memory and is tried again with the next batch: an error loses nothing.

    Args:
        cache: where answers are recorded.
        size: answers that are written at once.
        seconds: how long an answer waits at most.
    """

    def __init__(self, cache: AnswerTable, *, size: int = 256, seconds: float = 0.5) -> None:
        self._cache = cache
        self._size = size
        self._seconds = seconds
        self._waiting: list[Answer] = []
        self._writing = threading.Lock()
        self._failure: Exception | None = None
        self._full = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many answers are not yet written."""
        return len(self._waiting)

    async def put(self, answer: Answer) -> None:
        """Take one answer. It is kept even where this raises.

        Raises:
            StoreError: the last batch could not be written, and no later one has been since.
        """
        self._waiting.append(answer)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_in_background(), name="latm answer log")
        if len(self._waiting) >= self._size:
            self._full.set()
        self._raise_failure()

    async def flush(self) -> None:
        """Write all that waits.

        Raises:
            StoreError: it could not be written; it still waits.
        """
        await asyncio.to_thread(self._write)
        self._raise_failure()

    async def close(self) -> None:
        """Write all that waits, and stop.

        Raises:
            StoreError: it could not be written; it still waits.
        """
        if self._writer:
            self._writer.cancel()
            await asyncio.wait([self._writer])
            self._writer = None
        await self.flush()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _raise_failure(self) -> None:
        if self._failure:
            raise self._failure.with_traceback(None)  # it may be raised often, and would grow a line each time

    async def _write_in_background(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):  # what waits is written when there is enough, or when it is time
                async with asyncio.timeout(self._seconds):
                    await self._full.wait()
            self._full.clear()
            if self._waiting:
                await asyncio.to_thread(self._write)

    def _write(self) -> None:
        """Runs in a thread, to its end even where the caller is cancelled: no answer is written twice."""
        with self._writing:
            batch = self._waiting.copy()
            try:
                self._cache.record_answers(batch)
            except Exception as error:  # noqa: BLE001  # raised at the next put or flush, whatever it is
                self._failure = error
            else:
                self._failure = None
                del self._waiting[: len(batch)]
