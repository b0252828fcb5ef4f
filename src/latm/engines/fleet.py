"""A fleet of workers that takes the dispatcher's place: it deals out shards and puts the results back in order."""

import asyncio
from collections.abc import Sequence
from typing import Protocol, Self

from latm.answering.dispatcher import Dispatch, Dispatcher
from latm.answering.snapshot import Snapshot
from latm.engines.plan import Done, Event, Hire, Instruction, Leave, Lost, Plan, Ready, Send
from latm.engines.worker import Told, heard
from latm.errors import SandboxFailureError
from latm.question import Question

_SHARDS = 4
"""Shards per worker: enough that no worker waits long for the others to finish their last one."""
_SMALLEST, _LARGEST = 64, 1_000
"""The fewest and the most questions in a shard."""
_IN_A_ROW = 5
"""Losing this many workers in a row, none of which answered anything, is not an accident."""


class WorkerLostError(Exception):
    """A worker ended too early. Its shards were not answered."""


class Crew(Protocol):
    """Workers, on whatever machines, each known by its own number."""

    async def hire(self) -> int:
        """Start a worker and return its number, which no other worker ever had.

        Raises:
            WorkerLostError: the worker ended at once.
            LatmError: workers cannot start here.
        """
        ...

    async def dispatch(self, worker: int, snapshot: Snapshot, questions: Sequence[Question]) -> Sequence[Told]:
        """What a worker's tools say. Calls are answered in the order in which they are made.

        Raises:
            WorkerLostError: the worker has ended.
            LatmError: the machine failed, not a tool.
        """
        ...

    async def close(self) -> None:
        """End all workers."""
        ...


class Fleet:
    """Asks the tools through many workers. Models, budget, store and making stay in this process.

    Args:
        crew: starts the workers and talks to them.
        size: how many workers to keep.

    Attributes:
        at_once: how many questions it wants at once, so that every worker has something to do.
        lost: how many workers ended too early.
    """

    def __init__(self, crew: Crew, size: int) -> None:
        self._crew = crew
        self._size = size
        self.at_once = size * _SHARDS * _LARGEST
        self._workers: set[int] = set()
        self._in_vain = 0
        self.lost = 0

    async def __aenter__(self) -> Self:
        hiring = [asyncio.create_task(self._hired()) for _ in range(self._size)]
        try:
            await asyncio.gather(*hiring)
        except BaseException:
            for task in hiring:
                task.cancel()
            await asyncio.gather(*hiring, return_exceptions=True)
            await self._crew.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._crew.close()

    async def dispatch(self, local: Dispatcher, snapshot: Snapshot, questions: Sequence[Question]) -> list[Dispatch]:
        """One dispatch per question, in order, as the local dispatcher would return them.

        Raises:
            SandboxError: workers cannot run here.
        """
        size = min(_LARGEST, max(_SMALLEST, len(questions) // (_SHARDS * self._size)))
        shards = [questions[at : at + size] for at in range(0, len(questions), size)]
        if len(shards) <= 1:
            return await local.dispatch(snapshot, questions)
        answered = await self._deal(snapshot, shards)
        found = [
            heard(one, question, snapshot)
            for number, shard in enumerate(shards)
            for one, question in zip(answered.get(number) or _left(shard), shard, strict=True)
        ]
        return await self._chosen(local, snapshot, found) if local.asks_model else found

    async def _chosen(self, local: Dispatcher, snapshot: Snapshot, found: list[Dispatch]) -> list[Dispatch]:
        """Let the model dispatcher, which runs in this process, choose for the questions that no tool answers."""
        left = [place for place, dispatch in enumerate(found) if dispatch.text is None]
        again = await local.dispatch(snapshot, [found[place].question for place in left])
        for place, dispatch in zip(left, again, strict=True):
            found[place] = dispatch
        return found

    async def _deal(self, snapshot: Snapshot, shards: Sequence[Sequence[Question]]) -> dict[int, Sequence[Told]]:
        plan = Plan(len(shards), self._workers)
        answered: dict[int, Sequence[Told]] = {}
        under_way: set[asyncio.Task[Event]] = set()

        def follow(instructions: Sequence[Instruction]) -> None:
            for instruction in instructions:
                match instruction:
                    case Send(worker, shard):
                        work = self._sent(worker, shard, snapshot, shards[shard], answered)
                        under_way.add(asyncio.create_task(work))
                    case Hire():
                        under_way.add(asyncio.create_task(self._hired()))
                    case Leave():
                        pass  # the model answers its questions

        try:
            follow(plan.begin())
            while not plan.is_done:
                done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                under_way.difference_update(done)
                for task in done:
                    follow(plan.on(task.result()))
            await asyncio.gather(*under_way)  # workers that are still starting get the next shards
        finally:
            for task in under_way:
                task.cancel()
        return answered

    async def _sent(
        self, worker: int, number: int, snapshot: Snapshot, shard: Sequence[Question],
        answered: dict[int, Sequence[Told]],
    ) -> Event:  # fmt: skip
        try:
            answered[number] = await self._crew.dispatch(worker, snapshot, shard)
        except WorkerLostError:
            self.lost += worker in self._workers
            self._workers.discard(worker)
            return Lost(worker)
        self._in_vain = 0
        return Done(worker, number)

    async def _hired(self) -> Event:
        while True:
            try:
                worker = await self._crew.hire()
            except WorkerLostError as error:
                self._in_vain += 1
                if self._in_vain >= _IN_A_ROW:
                    raise SandboxFailureError(
                        f"{self._in_vain} workers in a row were lost as they started: {error}",
                        hint="Look at their machines: memory, limits, the version of Python.",
                    ) from error
            else:
                self._workers.add(worker)
                return Ready(worker)


def _left(shard: Sequence[Question]) -> list[Told]:
    """The results for questions on which workers were lost: the model answers them."""
    return [Told(None, None, None, "of no known kind: workers were lost over it", "", "") for _ in shard]
