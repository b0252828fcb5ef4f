"""Completions kept as they come, so that unfinished work can be taken up again without paying twice."""

import heapq
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

from latm.models.port import Completion, Model, Request
from latm.models.wrapper import Wrapper

T = TypeVar("T")


class Occurrences:
    """Numbers the times that the same request is made, from 0.

    A request that failed gives its number back, so that the next one like it takes it: a completion is found again
    whether or not there were failures on the way to it.
    """

    def __init__(self) -> None:
        self._next: defaultdict[str, int] = defaultdict(int)
        self._free: defaultdict[str, list[int]] = defaultdict(list)

    @contextmanager
    def take(self, key: str) -> Iterator[int]:
        """Hold the smallest free number of this key while the request is made."""
        number = self._take(key)
        try:
            yield number
        except BaseException:
            heapq.heappush(self._free[key], number)
            raise

    def _take(self, key: str) -> int:
        if self._free[key]:
            return heapq.heappop(self._free[key])
        self._next[key] += 1
        return self._next[key] - 1


class Journal(Protocol):
    """Where completions of unfinished work are kept."""

    def get(self, key: str, occurrence: int) -> Completion | None:
        """The completion kept for the n-th time this request was made; None without one."""
        ...

    def put(self, key: str, occurrence: int, completion: Completion) -> None:
        """Keep it before it is used."""
        ...


async def _here(call: Callable[[], T]) -> T:
    return call()


class Journaled(Wrapper):
    """Answers from the journal what it holds, and asks the model for the rest.

    Make one for each piece of work that may be taken up again: occurrences are numbered from its beginning.

    Args:
        model: what to ask.
        journal: where completions are kept.
        do: where the journal's calls are made: not on the event loop, if they wait for a disk.
    """

    def __init__(self, model: Model, journal: Journal, do: Callable[[Callable[[], T]], Awaitable[T]] = _here) -> None:
        super().__init__(model)
        self._journal = journal
        self._do: Callable[[Callable[[], Any]], Awaitable[Any]] = do
        self._occurrences = Occurrences()

    async def complete(self, request: Request) -> Completion:
        """The completion kept, or a new one that is kept."""
        key = request.key
        with self._occurrences.take(key) as occurrence:
            kept: Completion | None = await self._do(partial(self._journal.get, key, occurrence))
            if kept is not None:
                return kept
            completion = await super().complete(request)
            await self._do(partial(self._journal.put, key, occurrence, completion))
            return replace(completion, usage=completion.usage.settled)
