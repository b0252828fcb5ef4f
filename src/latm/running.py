"""A run: a stream answered in order, with tools made between its blocks, before the next block is answered."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from latm.answer import FREE, Answer, Route
from latm.answering.answerer import Climb
from latm.answering.snapshot import Snapshot
from latm.arriving import Blocks
from latm.circle import Circle
from latm.errors import LatmError
from latm.learning.inbox import Learnt
from latm.lifecycle import Life
from latm.question import Question


@dataclass(frozen=True, slots=True)
class _Answered:
    """What became of a block: its answers up to the question that stopped the run, if one did."""

    answers: Sequence[Answer]
    ripe: Sequence[str]
    error: LatmError | None = None


class Run:
    """Answers one stream.

    Args:
        circle: started.
        life: of what the circle belongs to; closing waits for a block under way.
        blocks: the stream.
        length: questions in it; None if unknown.
    """

    def __init__(self, circle: Circle, life: Life, blocks: Blocks, length: int | None) -> None:
        self._circle = circle
        self._life = life
        self._blocks = blocks
        self._length = length

    async def answers(self) -> AsyncIterator[Answer]:
        """Every answer, in order.

        Raises:
            LatmError: the first question that the run cannot go on from; what was answered before is on record.
        """
        passed, window, watcher = 0, 1, self._circle.watcher
        try:
            while ahead := await self._blocks.take(window):
                seen = watcher.snapshot
                begun = deque(await self._dispatch(seen, ahead))
                for place, block in enumerate(ahead):
                    if seen is not watcher.snapshot:
                        # What was learnt from the blocks before may have changed where these questions belong.
                        seen, window = watcher.snapshot, 0
                        begun = deque(await self._dispatch(seen, ahead[place:]))
                    passed += len(block)
                    own = [begun.popleft() for _ in block]
                    with self._life.use():
                        answered = await self._climb(own, self._left(passed))
                    for answer in answered.answers:
                        yield answer
                    if answered.error:
                        raise answered.error
                    await self._make(answered.ripe)
                window = min(2 * window or 1, self._circle.answerer.ahead) if self._blocks.may_look_ahead else 1
        finally:
            await self._blocks.aclose()

    def _left(self, passed: int) -> int | None:
        return None if self._length is None else max(0, self._length - passed)

    async def _dispatch(self, seen: Snapshot, blocks: Sequence[Sequence[Question]]) -> list[Climb | LatmError]:
        with self._life.use():
            named = self._circle.exact.named
            return await self._circle.answerer.dispatch(seen, [named(one) for block in blocks for one in block])

    async def _climb(self, begun: Sequence[Climb | LatmError], remaining: int | None) -> _Answered:
        """Answer a block; what was answered goes on record, even if one question stops the run."""
        circle = self._circle
        outcomes = await circle.climb(begun)
        answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        error = next((outcome for outcome in outcomes if isinstance(outcome, LatmError)), None)
        if all(answer.route in FREE for answer in answers):
            circle.writer.put(answers)
            ripe: Sequence[str] = ()
        else:
            learnt = await circle.writer.learn(answers, remaining)
            ripe = learnt.ripe
            answers = [_placed(answer, learnt) for answer in answers]
        circle.tell(answers)
        return _Answered(answers[: outcomes.index(error)] if error else answers, () if error else ripe, error)

    async def _make(self, ripe: Sequence[str]) -> None:
        """Have tools made and corrected before the stream goes on."""
        circle = self._circle
        await circle.workshop.make_ripe(ripe)
        if circle.auditor.is_behind or circle.watcher.snapshot.compares:
            await circle.auditor.finish()  # a stream that runs ahead of its audits would learn of errors late
        await circle.workshop.mended()


def _placed(answer: Answer, learnt: Learnt) -> Answer:
    """The answer under the task that its question became an example of, if it was of no known kind before."""
    if answer.task is not None or answer.route is not Route.DIRECT:
        return answer
    return replace(answer, task=learnt.placed.get((answer.scope.digest, answer.question)))
