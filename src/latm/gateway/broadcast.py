"""Single flight for streams: what several ask for at once is fetched once, and each gets all of it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")


class Broadcasts(Generic[T]):
    """Streams under way, by what makes two of them the same. Nothing is kept once a stream has ended."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, _Broadcast[T]] = {}

    async def join(self, key: Hashable, begin: Callable[[], AsyncGenerator[T]]) -> AsyncGenerator[tuple[T, bool]]:
        """The pieces of the stream under this key, from its first on; begun here unless it is under way.

        A listener that leaves leaves the others their stream; it ends with the last of them.

        Args:
            key: what makes two streams the same.
            begin: begins it.

        Yields:
            Each piece, and whether the stream was begun by somebody else.

        Raises:
            Exception: what the stream raises, to every listener.
        """
        cast = self._under_way.get(key)
        is_follower = cast is not None
        if cast is None:
            cast = self._under_way[key] = _Broadcast()
            cast.task = asyncio.create_task(cast.run(begin()), name="latm stream")
            cast.task.add_done_callback(partial(self._ended, key, cast))
        async with aclosing(cast.heard()) as pieces:
            async for piece in pieces:
                yield piece, is_follower

    def _ended(self, key: Hashable, cast: "_Broadcast[T]", _task: object) -> None:
        if self._under_way.get(key) is cast:
            del self._under_way[key]


class _Broadcast(Generic[T]):
    """One stream, kept while it runs."""

    task: "asyncio.Task[None]"

    def __init__(self) -> None:
        self._pieces: list[T] = []
        self._listeners = 0
        self._error: Exception | None = None
        self._has_ended = False
        self._news = asyncio.Event()

    async def run(self, stream: AsyncGenerator[T]) -> None:
        """Take in the stream."""
        try:
            async with aclosing(stream):
                async for piece in stream:
                    self._pieces.append(piece)
                    self._tell()
        except Exception as error:  # noqa: BLE001  # raised where it is listened to, whatever it is
            self._error = error
        finally:
            self._has_ended = True
            self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def heard(self) -> AsyncGenerator[T]:
        """All of it, for one listener."""
        self._listeners += 1
        place = 0
        try:
            while True:
                news = self._news
                while place < len(self._pieces):
                    yield self._pieces[place]
                    place += 1
                if self._has_ended:
                    break
                if news is self._news:
                    await news.wait()
            if self._error is not None:
                raise self._error
        finally:
            self._listeners -= 1
            if not self._listeners and not self._has_ended:
                self.task.cancel()
