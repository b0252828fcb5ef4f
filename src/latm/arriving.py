"""A stream of questions in blocks: whole blocks as long as questions come fast, and else what has come."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from latm.asking import Stream, question_of
from latm.question import Question, Scope

T = TypeVar("T")

LINGER = 0.5
"""Seconds that a question waits for others to fill its block, about."""


class Blocks:
    """A stream of questions, so many at a time.

    Args:
        questions: of any length; an iterator that waits for its next question is waited for off the event loop.
        size: questions in a block; fewer if no more came for `LINGER` seconds.
        length: how many there are, if that is known.
        instructions: as of `question_of`, for all of them.
        scope: as of `question_of`, for all of them.

    Attributes:
        may_look_ahead: whether several blocks may be taken at once: nobody waits for a question of a later block.
        taken: how many questions were taken so far.
    """

    def __init__(
        self,
        questions: Stream,
        size: int,
        *,
        length: int | None,
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> None:
        self._worded = partial(question_of, instructions=instructions, scope=scope)
        self.may_look_ahead = length is not None or isinstance(questions, Sequence)
        self.taken = 0
        self._at_hand = isinstance(questions, Sequence)
        self._size = size
        self._source: Iterator[Any] | AsyncIterator[Any]
        self._source = aiter(questions) if isinstance(questions, AsyncIterable) else iter(questions)
        self._came: deque[Any] = deque()
        self._reading: asyncio.Future[bool] | None = None
        self._has_more = True

    async def take(self, count: int) -> list[list[Question]]:
        """The next blocks, so many at most; none at the end.

        Raises:
            InputError: one of them is not a question.
        """
        questions = [self._worded(asked) for asked in await self._next(count * self._size)]
        self.taken += len(questions)
        return [questions[start : start + self._size] for start in range(0, len(questions), self._size)]

    async def aclose(self) -> None:
        """Stop waiting for questions; those that came and were not taken are lost."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait({reading})

    async def _next(self, count: int) -> list[Any]:
        if isinstance(self._source, Iterator) and self._at_hand:
            return list(islice(self._source, count))
        while self._has_more and not self._came:
            self._reading = self._reading or self._read(self._source, count)
            await asyncio.wait({self._reading}, timeout=LINGER)
            if self._reading.done():
                reading, self._reading = self._reading, None
                self._has_more = reading.result()
        return [self._came.popleft() for _ in range(min(count, len(self._came)))]

    def _read(self, source: Iterator[Any] | AsyncIterator[Any], count: int) -> asyncio.Future[bool]:
        """Begin to read the next questions, so many at most; whether there may be more after them."""
        if isinstance(source, AsyncIterator):
            return asyncio.create_task(self._as_they_come(source, count), name="latm questions")

        def read() -> bool:
            place = 0
            for place, asked in enumerate(islice(source, count), 1):  # noqa: B007  # its last value counts
                self._came.append(asked)
            return place == count

        return begin_apart(read)

    async def _as_they_come(self, source: AsyncIterator[Any], count: int) -> bool:
        for _ in range(count):
            try:
                self._came.append(await anext(source))
            except StopAsyncIteration:
                return False
        return True


def begin_apart(read: Callable[[], T]) -> asyncio.Future[T]:
    """Begin a function that may wait as long as it likes, such as for a terminal.

    It runs in a thread that nobody waits for: whoever is cancelled meanwhile ends at once, as `to_thread` does not.
    """
    loop, context = asyncio.get_running_loop(), copy_context()
    found: asyncio.Future[T] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: object) -> None:
        if not found.done():
            set_it(value)

    def run() -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            try:
                value = context.run(read)
            except BaseException as error:  # noqa: BLE001  # whoever waits gets it, whatever it is
                loop.call_soon_threadsafe(settle, found.set_exception, error)
            else:
                loop.call_soon_threadsafe(settle, found.set_result, value)

    threading.Thread(target=run, name="latm questions", daemon=True).start()
    return found
