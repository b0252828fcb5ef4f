"""The batch: every question of an input answered in order, block by block, into an output that can be resumed."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from latm.answer import FREE, Answer, Route
from latm.arriving import Blocks, begin_apart
from latm.batch.line import Line, line_of
from latm.batch.outage import Patience, said
from latm.batch.output import Failed, Output
from latm.batch.scribe import Scribe
from latm.batch.totals import Counts, Saving, Summary, saving
from latm.errors import InputError
from latm.latm import AsyncLatm
from latm.ledger import Usage
from latm.observing import MakingBegun, MakingEnded, MakingPostponed, Notice
from latm.provenance import Making
from latm.question import Question
from latm.task import Instance


class Watcher(Protocol):
    """Is told what happens while it happens."""

    def started(self, batch: "Batch") -> None:
        """The output has been read; what is left begins."""
        ...

    def written(self, batch: "Batch") -> None:
        """A block of answers is on the disk."""
        ...

    def begun(self, task: str) -> None:
        """A making has begun, for which the run waits."""
        ...

    def made(self, making: Making) -> None:
        """A making has ended."""
        ...

    def postponed(self, postponed: MakingPostponed) -> None:
        """A making could not be carried out; the run goes on without the tool."""
        ...

    def waiting(self, seconds: float, why: str) -> None:
        """The model is out, and is asked again in so many seconds; told about every second."""
        ...


class Workroom:
    """An observer that keeps what became of makings until the batch has a moment to tell of it.

    Attributes:
        begun: is told the task of a making as it begins.
    """

    def __init__(self) -> None:
        self._news: list[Making | MakingPostponed] = []
        self.begun: Callable[[str], object] = bool

    def on_event(self, event: Notice, /) -> None:
        """Note a making that begins, has ended, or could not be carried out."""
        match event:
            case MakingBegun(task):
                self.begun(task)
            case MakingEnded(making):
                self._news.append(making)
            case MakingPostponed():
                self._news.append(event)

    def news(self) -> list[Making | MakingPostponed]:
        """What happened since this was last asked."""
        news = self._news.copy()
        self._news.clear()
        return news


class Batch:
    """One run over an input.

    Args:
        latm: entered.
        workroom: an observer of it.
        output: where the answers go; lines that are there already are not answered again.
        watcher: told of every block and every making.
        retry_failed: ask again what failed in an earlier run.
        patience: seconds to wait for a model that is out, at most, before the run stops.

    Attributes:
        counts: over the whole output, up to date after every block.
        last_failure: why a question, or a making, failed last in this run; empty if none did.
    """

    def __init__(  # noqa: PLR0913  # what a run is made of
        self,
        latm: AsyncLatm,
        workroom: Workroom,
        output: Output,
        watcher: Watcher,
        *,
        retry_failed: bool = True,
        patience: float = 600.0,
    ) -> None:
        self._latm = latm
        self._retry_failed = retry_failed
        self._workroom = workroom
        self._output = output
        self._watcher = watcher
        self._patience = Patience(self._asked_again, watcher.waiting, patience)
        self._tools: list[str] = []
        self.last_failure = ""
        workroom.begun = watcher.begun
        self._direct_before = _direct_on_record(latm)
        self.counts = Counts()

    @property
    def spent(self) -> Usage:
        """By this run so far, makings included."""
        return self._latm.models.meter.total()

    @property
    def kinds(self) -> int:
        """Kinds of question that are known."""
        return len(self._latm.snapshot.known)

    @property
    def making(self) -> int:
        """Tools that are being made."""
        return self._latm.health().makings

    @property
    def saving(self) -> Saving:
        """By this run so far."""
        direct = self._latm.models.meter.total(purpose="direct")
        style = self._latm.settings.answer_style
        return saving(self.counts.answered_now, self.spent, direct if direct.calls else self._direct_before, style)

    async def run(self, instances: Iterable[Instance], *, length: int | None = None) -> Summary:
        """Answer every instance that has no answer in the output yet.

        Args:
            instances: the whole input, in the same order every time.
            length: how many they are, if that is known.

        Raises:
            InputError: the output is of another input, or a line of the input cannot be read.
            LatmError: as `AsyncLatm.run`; what was written is safe, and the next run goes on from there.
        """
        started = time.monotonic()
        failed: list[Failed] = []
        left = await begin_apart(lambda: self._output.resume(instances, self.counts.resume, failed))
        if failed and self._retry_failed:
            await self._again(failed)
        else:
            self._watcher.started(self)
        remaining = None if length is None else length - self.counts.questions
        await self._answer(left, remaining, self._output)
        self._look_for_makings()
        replayed = self._latm.models.meter.total(replayed=True)
        seconds = time.monotonic() - started
        return Summary(self.counts, self.spent, replayed, self.saving, tuple(self._tools), seconds)

    async def _again(self, failed: Sequence[Failed]) -> None:
        """Ask again what failed; what comes of it takes the places of the old lines once all of it is there."""
        for old in failed:
            self.counts.take_back(old.line)
        asked = [old.instance for old in failed]
        with self._output.beside() as beside:
            try:
                left = list(beside.resume(asked, self.counts.resume))
            except InputError:
                # It is of other questions: of a run that has put its lines in their places, and was killed just then.
                beside.clear()
                left = list(beside.resume(asked, self.counts.resume))
            self._watcher.started(self)
            await self._answer(iter(left), len(left), beside)
            self._output.replace([old.start for old in failed], beside)

    async def _answer(self, instances: Iterator[Instance], length: int | None, output: Output) -> None:
        """Answer the stream; every block is written as soon as it is on record, whatever ends the run."""
        handed: deque[Instance] = deque()
        blocks = Blocks(_remembering(instances, handed), self._latm.settings.block, length=length)
        block: list[Answer] = []
        passed_on = 0
        # With half of the inbox left, none of its answers is shed.
        scribe = Scribe(output, self._latm.written, self._tell, most=self._latm.settings.inbox // 2)
        is_out = False
        try:
            async for answer in self._latm.run(blocks, length=length):
                if not block:
                    self._look_for_makings()
                block.append(answer)
                is_out = self._patience.is_out(answer) or is_out
                if passed_on + len(block) == blocks.taken or len(block) >= self._latm.settings.block:
                    passed_on += len(block)
                    if is_out:
                        await self._patience.outlast(block)
                        await self._latm.written()
                        is_out = False
                    await self._pass_on(block, handed, scribe)
        finally:
            await self._pass_on(block, handed, scribe)
            await scribe.finish()

    async def _asked_again(self, failed: Answer) -> Answer:
        return await self._latm.ask(Question(failed.question, failed.scope, failed.id))

    async def _pass_on(self, block: list[Answer], handed: deque[Instance], scribe: Scribe) -> None:
        answers = block.copy()
        block.clear()
        self.last_failure = next((said(answer) for answer in reversed(answers) if not answer.ok), self.last_failure)
        # The stream has waited for the record of a block that cost something, and does not for one of tools.
        are_recorded = any(answer.route not in FREE for answer in answers)
        await scribe.take([line_of(answer, handed.popleft()) for answer in answers], are_recorded=are_recorded)

    def _tell(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self.counts.add(line)
        self._watcher.written(self)

    def _look_for_makings(self) -> None:
        """Tell of the makings that ended since the last look; they happen between blocks."""
        for news in self._workroom.news():
            if isinstance(news, MakingPostponed):
                self.last_failure = str(news.error)
                self._watcher.postponed(news)
                continue
            self._tools += [news.tool_id] if news.tool_id else []
            self._watcher.made(news)


def _remembering(instances: Iterator[Instance], handed: deque[Instance]) -> Iterator[Instance]:
    """The instances, each kept until its answer comes."""
    for instance in instances:
        handed.append(instance)
        yield instance


def _direct_on_record(latm: AsyncLatm) -> Usage:
    """What the direct answers in the tool cache took."""
    routes = [totals.routes[Route.DIRECT] for totals in latm.cache.totals() if Route.DIRECT in totals.routes]
    return sum((route.usage for route in routes), Usage())
