"""The live displays of a terminal; the only module that draws while work goes on."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from latm.batch.run import Batch
from latm.cli.lines import beginning, news, put_off, situation, waiting_for
from latm.observing import MakingPostponed
from latm.provenance import Making

if TYPE_CHECKING:
    from rich.console import RenderableType


class _Said(ProgressColumn):
    """Text that is always up to date when it is drawn."""

    def __init__(self, say: Callable[[Task], str]) -> None:
        super().__init__()
        self._say = say

    def render(self, task: Task) -> Text:
        return Text(self._say(task), style="dim")


@contextmanager
def live_spending(text: str, spent: Callable[[], str]) -> Iterator[None]:
    """A spinner with what was spent so far; it is gone at the end."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, _Said(lambda _: spent()), console=Console(stderr=True), transient=True) as progress:
        progress.add_task(text, total=None)
        yield


class LiveDisplay(Progress):
    """A bar with done, total, rate and time left, and under it the routes, the spending and the saving.

    Args:
        total: questions in the input; None if unknown.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._batch: Batch | None = None
        self._waiting = ""
        rate = _Said(lambda task: f"{task.speed:,.0f}/s" if task.speed else "")
        left = TimeRemainingColumn(elapsed_when_finished=True)
        super().__init__(BarColumn(), MofNCompleteColumn(), rate, left, console=Console(stderr=True))
        self._bar = self.add_task("", total=total)

    def get_renderables(self) -> Iterable["RenderableType"]:
        """The bar, and the lines under it."""
        yield from super().get_renderables()
        if self._batch is not None:
            yield Text(situation(self._batch), style="dim")
        if self._waiting:
            yield Text(self._waiting, style="yellow")

    def started(self, batch: Batch) -> None:
        """Draw what is there already."""
        self._batch = batch
        self.console.print(beginning(batch, self._total), highlight=False)
        self.update(self._bar, completed=batch.counts.resumed)
        self.reset(self._bar, completed=batch.counts.resumed, total=self._total)

    def written(self, batch: Batch) -> None:
        """Draw what has been written."""
        self._waiting = ""
        self.update(self._bar, completed=batch.counts.questions)

    def begun(self, task: str) -> None:
        """The line under the bar counts the makings under way."""

    def made(self, making: Making) -> None:
        """Name what was made, or why nothing was, above the bar."""
        self.console.print(Text(news(making)), soft_wrap=True)

    def postponed(self, postponed: MakingPostponed) -> None:
        """Say that the run goes on without a tool."""
        self.console.print(Text(put_off(postponed)), soft_wrap=True)

    def waiting(self, seconds: float, why: str) -> None:
        """Count down under the bar."""
        self._waiting = waiting_for(seconds, why)
