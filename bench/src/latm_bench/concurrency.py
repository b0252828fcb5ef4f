"""Several awaitables at once, with plain errors."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


async def gather(jobs: Sequence[Callable[[], Coroutine[Any, Any, T]]]) -> list[T]:
    """The results of all jobs, in order.

    Raises:
        Exception: the first failure; the other jobs are cancelled.
    """
    with plain_errors():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(job()) for job in jobs]
    return [task.result() for task in tasks]


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
