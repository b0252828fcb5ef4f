"""The batch: every question of an input answered in order, block by block, into an output that can be resumed."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from latm.answer import Route
from latm.batch.line import Line, line_of
from latm.batch.output import Failed, Output
from latm.batch.totals import Counts, Saving, Summary, saving
from latm.errors import InputError
from latm.latm import AsyncLatm
from latm.ledger import Usage
from latm.observing import MakingEnded, MakingPostponed, Notice
from latm.provenance import Making
from latm.task import Instance


class Watcher(Protocol):
    """Is told what happens while it happens."""

    def started(self, batch: "Batch") -> None:
        """The output has been read; what is left begins."""
        ...

    def written(self, batch: "Batch") -> None:
        """A block of answers is on the disk."""
        ...

    def made(self, making: Making) -> None:
        """A making has ended."""
        ...

    def postponed(self, postponed: MakingPostponed) -> None:
        """A making could not be carried out; the run goes on without the tool."""
        ...


class Workroom:
    """An observer that keeps what became of makings until the batch has a moment to tell of it."""

    def __init__(self) -> None:
        self._news: list[Making | MakingPostponed] = []

    def on_event(self, event: Notice, /) -> None:
        """Hear of a making that ended, or could not be carried out."""
        match event:
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

    Attributes:
        counts: over the whole output, up to date after every block.
    """

    def __init__(
        self, latm: AsyncLatm, workroom: Workroom, output: Output, watcher: Watcher, *, retry_failed: bool = True
    ) -> None:
        self._latm = latm
        self._retry_failed = retry_failed
        self._workroom = workroom
        self._output = output
        self._watcher = watcher
        self._tools: list[str] = []
        self._direct_before = _direct_on_record(latm)
        self.counts = Counts()

    @property
    def spent(self) -> Usage:
        """By this run so far, makings included."""
        return self._latm.models.meter.total()

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
            length: how many they are, where that is known.

        Raises:
            InputError: the output is of another input, or a line of the input cannot be read.
            LatmError: as `AsyncLatm.run`; what was written is safe, and the next run goes on from there.
        """
        started = time.monotonic()
        failed: list[Failed] = []
        left = self._output.resume(instances, self.counts.resume, failed)
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
        """Answer the stream; every block is written before the next one begins, whatever ends the run."""
        handed: deque[Instance] = deque()
        block: list[Line] = []
        try:
            async for answer in self._latm.run(_remembering(instances, handed), length=length):
                if not block:
                    self._look_for_makings()
                block.append(line_of(answer, handed.popleft()))
                if not handed or len(block) >= self._latm.settings.block:
                    self._write(block, output)
        finally:
            self._write(block, output)

    def _write(self, block: list[Line], output: Output) -> None:
        lines = block.copy()
        block.clear()
        if not lines:
            return
        output.append(lines)
        for line in lines:
            self.counts.add(line)
        self._watcher.written(self)

    def _look_for_makings(self) -> None:
        """Tell of the makings that ended since the last look; they happen between blocks."""
        for news in self._workroom.news():
            if isinstance(news, MakingPostponed):
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
