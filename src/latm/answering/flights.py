"""Single flight: equal questions that models are answering at the same moment are answered once."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Flight(Generic[T]):
    """One piece of work under way.

    Attributes:
        task: does the work.
        waiting: callers that still wait for it.
        is_paid: whether one of them has been told that it pays.
    """

    task: "asyncio.Task[T]"
    waiting: int = 0
    is_paid: bool = False


class Flights(Generic[T]):
    """Work under way, by a key that is equal for equal work. Nothing is kept once the work is done."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, _Flight[T]] = {}

    async def share(self, key: Hashable, begin: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, bool]:
        """The result of the work under this key. It begins here unless another caller has begun it.

        If a caller is cancelled, the work goes on for the others; it ends with the last of them.

        Args:
            key: equal for equal work.
            begin: begins the work.

        Returns:
            The result, and whether this caller accounts for it: exactly one caller does.

        Raises:
            Exception: whatever the work raises, to every caller.
        """
        flight = self._under_way.get(key)
        if flight is None:
            flight = self._under_way[key] = _Flight(asyncio.create_task(begin()))
            flight.task.add_done_callback(partial(self._landed, key))
        flight.waiting += 1
        try:
            result = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._landed(key, flight.task)
                flight.task.cancel()
        pays, flight.is_paid = not flight.is_paid, True
        return result, pays

    def _landed(self, key: Hashable, task: "asyncio.Task[T]") -> None:
        """From now on, a caller begins new work."""
        flight = self._under_way.get(key)
        if flight is not None and flight.task is task:
            del self._under_way[key]
