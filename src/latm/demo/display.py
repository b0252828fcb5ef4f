"""What a person sees while the demo runs, and the table at its end."""

from collections import Counter
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from latm.answer import Answer, Route
from latm.demo.scoring import FoundTask, Tally
from latm.demo.summary import Summary
from latm.demo.words import sentences, share
from latm.models import Completion, Request
from latm.provenance import Making


class Display:
    """Shows progress on a console; on request, a line for every completion as well.

    Args:
        console: to show it on.
        questions: how many there are.
        lines: whether every completion and every making gets a line of its own, as a recording of many hours wants.
    """

    def __init__(self, console: Console, questions: int, *, lines: bool) -> None:
        self._lines = lines
        self._routes: Counter[Route] = Counter()
        self._waiting = self._completions = self._tokens = self._answered = 0
        columns = (TimeElapsedColumn(), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, TextColumn("{task.description}"), console=console, disable=console.quiet)
        self._bar = self._progress.add_task("starting", total=questions)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def asked(self, request: Request) -> None:
        """A model is being asked."""
        self._waiting += 1
        self._say(f"asked: {request.purpose}, {sum(len(message.content) for message in request.messages):,} characters")

    def completed(self, request: Request, completion: Completion) -> None:
        """A model answered, now or in the recording."""
        self._waiting -= 1
        self._completions += 1
        self._tokens += completion.usage.tokens
        how = f"from the recording of {completion.recorded_at}" if completion.recorded_at else "recorded"
        self._say(
            f"answered: {request.purpose}, {completion.usage.tokens:,} tokens, {completion.seconds:.0f} s, {how}; "
            f"{self._completions:,} completions so far, {self._waiting} open"
        )

    def answered(self, answer: Answer) -> None:
        """A question has its answer."""
        self._routes[answer.route] += 1
        self._answered += 1
        self._progress.advance(self._bar)
        self._show()

    def made(self, making: Making) -> None:
        """A making has ended."""
        self._say(f"{making.outcome} after question {self._answered:,}: {making.task}: {making.reason}")

    def _say(self, line: str) -> None:
        self._show()
        if self._lines:
            self._progress.console.print(escape(line), highlight=False, soft_wrap=True)

    def _show(self) -> None:
        routes = ", ".join(f"{route} {count:,}" for route, count in sorted(self._routes.items()))
        self._progress.update(self._bar, description=f"{routes or 'asking'} · {self._tokens:,} tokens")


def print_summary(console: Console, summary: Summary) -> None:
    """The table per found task, the totals, the saving, and what was replayed."""
    console.print(_table(summary))
    console.print(_LEGEND, style="dim", highlight=False)
    console.print()
    for sentence in sentences(summary):
        console.print(escape(sentence), highlight=False)
    if summary.recorded_to is not None:
        console.print(f"Completions are recorded in {escape(str(summary.recorded_to))}.", highlight=False)


def _table(summary: Summary) -> Table:
    table = Table(title="Found tasks", title_justify="left", box=None, padding=(0, 1, 0, 0), show_footer=True)
    table.add_column("kind", "all", min_width=12, overflow="fold")
    table.add_column("made", no_wrap=True)
    total = summary.score.total
    routes = [route for route in Route if total.routes.get(route)]
    headings = ["asked", *map(str, routes), "covered", "right", "wrong", "tokens"]
    for heading, footer in zip(headings, _counts(total, routes, summary.course.usage.tokens), strict=True):
        table.add_column(heading, footer, justify="right", no_wrap=True)
    for found in summary.score.found:
        counts = _counts(found.tally, routes, found.tally.usage.tokens + found.making.tokens)
        table.add_row(escape(_kinds(found)), _made(found), *counts)
    return table


_LEGEND = (
    "kind: what the generators call most of the task's questions; the product never sees it. made: the tool, or why "
    "there is none. tool, tool-user, direct, failed: answers by route. covered: the share that a tool answered of the "
    "questions that came once a tool for their kind stood. tokens: answers and makings."
)
_TOOL_WIDTH = 10


def _kinds(found: FoundTask) -> str:
    others = len(found.kinds) - 1
    return f"{found.kind} + {others} more" if others else found.kind


def _made(found: FoundTask) -> str:
    return ((found.task and found.task.tool_id) or found.status)[:_TOOL_WIDTH]


def _counts(tally: Tally, routes: Sequence[Route], tokens: int) -> list[str]:
    return [
        f"{tally.questions:,}",
        *(f"{tally.routes.get(route, 0):,}" for route in routes),
        share(tally.coverage),
        f"{tally.right:,}",
        f"{tally.wrong:,}",
        f"{tokens:,}",
    ]
