"""Dynamic batching: calls of one function that come at the same time go to a worker together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from latm.sandbox.messages import MANY
from latm.sandbox.protocol import Result

_PACE_SECONDS = 1e-3
"""How long a batch may take, by what its calls took lately; those of a slow tool go one by one, to several workers."""
_LATE_SECONDS = 1e-2
"""After which a batch is not waited for any more if another worker is free."""

Items = Sequence[Sequence[Any]]


class Batcher:
    """Calls of one function of one program.

    A batch takes hardly more of this process than one call. So while one is under way, others gather; one that comes
    alone goes at once.

    Args:
        run: has a worker make some calls; one result for each.
        workers: batches under way at most.
    """

    def __init__(self, run: Callable[[Items], Awaitable[Sequence[Result]]], workers: int) -> None:
        self._run = run
        self._workers = workers
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Sequence[Any], asyncio.Future[Result]]] = deque()
        self._batches: dict[asyncio.Task[None], list[asyncio.Future[Result]]] = {}
        self._under_way = 0
        self._began = 0.0
        self._most = 1
        self._is_crowded = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way

    async def call(self, arguments: Sequence[Any]) -> Result:
        """The result of one call.

        Raises:
            NotPlainError: an argument is not JSON.
        """
        if self._under_way or self._is_crowded:
            return await self._gathered(arguments)
        self._under_way += 1
        try:
            return (await self._made([arguments]))[0]
        finally:
            self._ended()

    async def close(self) -> None:
        """Break off what is under way."""
        for _, wanted in self._waiting:
            wanted.cancel()
        self._waiting.clear()
        for batch in self._batches:
            batch.cancel()
        if self._batches:
            await asyncio.wait(self._batches)

    async def _gathered(self, arguments: Sequence[Any]) -> Result:
        wanted: asyncio.Future[Result] = self._loop.create_future()
        self._waiting.append((arguments, wanted))
        self._begin()
        try:
            return await wanted
        except asyncio.CancelledError:
            for batch, others in self._batches.items():
                if wanted in others and all(other.cancelled() for other in others):
                    batch.cancel()
            raise

    def _begin(self) -> None:
        """Begin a batch if one is due; it takes what waits when the loop has turned."""
        if not self._waiting or self._under_way == self._workers:
            return
        is_late = self._loop.time() - self._began > _LATE_SECONDS
        if not self._under_way or is_late or len(self._waiting) > self._most:
            self._under_way += 1
            wanted: list[asyncio.Future[Result]] = []
            batch = self._loop.create_task(self._batch(wanted), name="latm batch")
            self._batches[batch] = wanted
            batch.add_done_callback(self._batches.pop)
        elif self._timer is None:
            self._timer = self._loop.call_later(_LATE_SECONDS, self._look)

    def _look(self) -> None:
        self._timer = None
        self._begin()

    def _ended(self) -> None:
        self._under_way -= 1
        self._begin()

    async def _batch(self, wanted: list[asyncio.Future[Result]]) -> None:
        taken = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        items = [arguments for arguments, future in taken if not future.done()]
        wanted += [future for _, future in taken if not future.done()]
        try:
            for future, outcome in zip(wanted, await self._outcomes(items) if items else (), strict=True):
                if future.done():
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
        finally:
            for future in wanted:
                future.cancel()
            self._is_crowded = len(wanted) > 1
            self._ended()

    async def _outcomes(self, items: Items) -> Sequence[Result | Exception]:
        try:
            return await self._made(items)
        except Exception as error:  # noqa: BLE001  # raised where it is awaited
            if len(items) == 1:
                return [error]
        # What one caller got wrong is none of the others' business.
        return [(await self._outcomes([one]))[0] for one in items]

    async def _made(self, items: Items) -> Sequence[Result]:
        self._began = self._loop.time()
        results = await self._run(items)
        pace = sum(result.seconds for result in results) / len(results)
        self._most = max(1, min(MANY, int(_PACE_SECONDS / max(pace, 1e-9))))
        return results
