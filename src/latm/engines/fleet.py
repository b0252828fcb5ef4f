"""A fleet of workers in the dispatcher's place: it deals out shards, and puts what comes back in order."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from latm.answering.dispatcher import Dispatch, Dispatcher
from latm.answering.snapshot import Snapshot
from latm.engines.plan import Done, Event, Hire, Instruction, Leave, Lost, Plan, Ready, Send
from latm.engines.worker import Told, heard
from latm.errors import SandboxFailureError
from latm.question import Question

_SHARDS = 4
"""For each worker, so that none waits long for the last of the others."""
_SMALLEST, _LARGEST = 64, 1_000
"""Questions in a shard."""
_IN_A_ROW = 5
"""So many workers in a row that are lost without having answered anything are no accident."""


class WorkerLostError(Exception):
    """A worker has ended before its time; what it had was not answered."""


class Crew(Protocol):
    """Workers by numbers of their own, wherever they are."""

    async def hire(self) -> int:
        """Start a worker; its number, which no other one had.

        Raises:
            WorkerLostError: it ended at once.
            LatmError: there can be none.
        """
        ...

    async def dispatch(self, worker: int, snapshot: Snapshot, questions: Sequence[Question]) -> Sequence[Told]:
        """What a worker's tools say; calls are answered in the order in which they were made.

        Raises:
            WorkerLostError: it has ended.
            LatmError: the machine failed, not a tool.
        """
        ...

    async def close(self) -> None:
        """End all workers."""
        ...


class Fleet:
    """Asks the tools by many workers. Everything else stays where it is: models, budget, store, makings.

    Args:
        crew: whose workers they are.
        size: how many there are to be.

    Attributes:
        at_once: how many questions it wants at once, so that all workers have something to do.
        lost: workers that ended before their time.
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
            for each in hiring:
                each.cancel()
            await asyncio.gather(*hiring, return_exceptions=True)
            await self._crew.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._crew.close()

    async def dispatch(self, local: Dispatcher, snapshot: Snapshot, questions: Sequence[Question]) -> list[Dispatch]:
        """One dispatch per question, in order, as the local dispatcher has them.

        Raises:
            SandboxError: workers cannot answer anything here.
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
        """Let the model dispatcher, which is here, choose for the questions that no tool answers."""
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
                        pass  # its questions are the model's

        try:
            follow(plan.begin())
            while not plan.is_done:
                done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                under_way.difference_update(done)
                for task in done:
                    follow(plan.on(task.result()))
            await asyncio.gather(*under_way)  # workers that start: the next shards are theirs
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
    """What is told of questions over which workers were lost: they are the model's."""
    return [Told(None, None, None, "of no known kind: workers were lost over it", "", "") for _ in shard]
