"""Several awaitables at once, with plain errors."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import anyio

T = TypeVar("T")


async def gather(jobs: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """The results of all jobs, in order.

    Raises:
        Exception: the first failure; the other jobs are cancelled.
    """
    results: dict[int, T] = {}

    async def run(place: int, job: Callable[[], Awaitable[T]]) -> None:
        results[place] = await job()

    with plain_errors():
        async with anyio.create_task_group() as group:
            for place, job in enumerate(jobs):
                group.start_soon(run, place, job)
    return [results[place] for place in range(len(jobs))]


@contextmanager
def plain_errors() -> Iterator[None]:
    """Let the first error of a task group out by itself, since callers catch errors by their kind."""
    try:
        yield
    except BaseExceptionGroup as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from group
