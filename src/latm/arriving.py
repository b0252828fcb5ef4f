"""A stream of questions in blocks: whole blocks as long as questions come fast, and else what has come."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from itertools import islice
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from latm.asking import Stream, question_of
from latm.errors import InputError
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
        self._size = size
        source = aiter(questions) if isinstance(questions, AsyncIterable) else iter(questions)
        self._source: _Source = _OnTheLoop(source) if isinstance(source, AsyncIterator) else _InAThread(source)
        self._given = source if isinstance(questions, Sequence) and isinstance(source, Iterator) else None
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
        """Read no more; what came and was not taken is lost. Only a thread that waits for a question still gets it."""
        if self._reading is not None:
            self._reading.cancel()
        await self._source.aclose()

    async def _next(self, count: int) -> list[Any]:
        if self._given is not None:
            return list(islice(self._given, count))
        came = self._source.came
        while self._has_more and not came:
            self._reading = self._reading or self._source.begin(count)
            await asyncio.wait({self._reading}, timeout=LINGER)
            if self._reading.done():
                reading, self._reading = self._reading, None
                self._has_more = reading.result()
        return [came.popleft() for _ in range(min(count, len(came)))]


class _Source(Protocol):
    """Reads a stream in one place of its own, since what gives it may rest on its thread or its task.

    Attributes:
        came: what was read and not taken yet.
    """

    came: deque[Any]

    def begin(self, count: int) -> asyncio.Future[bool]:
        """Begin to read the next questions, so many at most. The future says whether there may be more after them."""
        ...

    async def aclose(self) -> None:
        """Read no more."""
        ...


class _InAThread:
    """Reads an iterator, which may wait as long as it likes, in one thread."""

    def __init__(self, source: Iterator[Any]) -> None:
        self.came: deque[Any] = deque()
        self._source = source
        self._thread = Apart()
        self._is_left = False

    def begin(self, count: int) -> asyncio.Future[bool]:
        return self._thread.begin(partial(self._read, count))

    def _read(self, count: int) -> bool:
        for _ in range(count):
            if self._is_left:
                return False
            try:
                self.came.append(next(self._source))
            except StopIteration:
                return False
        return True

    async def aclose(self) -> None:
        self._is_left = True
        self._thread.close()


class _OnTheLoop:
    """Reads an asynchronous iterator in one task."""

    def __init__(self, source: AsyncIterator[Any]) -> None:
        self.came: deque[Any] = deque()
        self._source = source
        self._wanted: asyncio.Queue[int] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def begin(self, count: int) -> asyncio.Future[bool]:
        self._done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._wanted.put_nowait(count)
        if self._task is None:
            self._task = asyncio.create_task(self._follow(), name="latm questions")
            self._task.add_done_callback(self._tell_end)
        elif self._task.done():
            self._tell_end(self._task)
        return self._done

    async def _follow(self) -> None:
        try:
            has_more = True
            while has_more:
                has_more = await self._read(await self._wanted.get())
                if not self._done.done():
                    self._done.set_result(has_more)
        finally:
            # What a generator holds open belongs to this task, and may be closed here alone.
            if isinstance(self._source, AsyncGenerator):
                await self._source.aclose()

    async def _read(self, count: int) -> bool:
        for _ in range(count):
            try:
                self.came.append(await anext(self._source))
            except StopAsyncIteration:
                return False
        return True

    def _tell_end(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if not self._done.done():
            self._done.set_exception(error or InputError("What gives the questions was cancelled."))

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})


class Apart:
    """A thread for functions that may wait as long as they like, such as for a terminal; one after the other.

    Nobody waits for the thread: whoever is cancelled meanwhile ends at once, as `to_thread` does not.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._has_begun = False

    def begin(self, read: Callable[[], T]) -> asyncio.Future[T]:
        """Begin a function, in the context of the caller."""
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

        self._jobs.put(run)
        if not self._has_begun:
            self._has_begun = True
            threading.Thread(target=self._work, name="latm questions", daemon=True).start()
        return found

    def close(self) -> None:
        """Begin nothing more."""
        self._jobs.put(None)

    def _work(self) -> None:
        while job := self._jobs.get():
            job()


def begin_apart(read: Callable[[], T]) -> asyncio.Future[T]:
    """Begin one function in a thread of its own, as `Apart` does."""
    thread = Apart()
    found = thread.begin(read)
    thread.close()
    return found
