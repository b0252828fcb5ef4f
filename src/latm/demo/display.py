"""What a person sees while the demo runs, and the table at its end."""

from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from latm.answer import Answer, Route
from latm.demo.scoring import FoundTask
from latm.demo.summary import Summary
from latm.demo.words import other_routes, sentences, share
from latm.models import Completion, Request
from latm.provenance import Making


class Display:
    """Shows progress on a console; on request, a line for every completion as well.

    Args:
        console: where.
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
    for sentence in sentences(summary):
        console.print(escape(sentence), highlight=False)
    if summary.recorded_to is not None:
        console.print(f"Completions are recorded in {escape(str(summary.recorded_to))}.", highlight=False)


def _table(summary: Summary) -> Table:
    table = Table(title="Found tasks", title_justify="left", caption=_CAPTION, caption_justify="left")
    for heading in ("kind", "tool", "status"):
        table.add_column(heading, no_wrap=heading == "tool")
    for heading in ("questions", "by tool", "after tool", "coverage", "right", "wrong", "other routes", "tokens"):
        table.add_column(heading, justify="right")
    for found in summary.score.found:
        table.add_row(*map(escape, _cells(found)))
    total = summary.score.total
    table.add_section()
    table.add_row(
        "all", "", "", f"{total.questions:,}", f"{total.by_tool:,}", f"{total.after_tool:,}", share(total.coverage),
        f"{total.right:,}", f"{total.wrong:,}", other_routes(total.routes), f"{summary.course.usage.tokens:,}",
    )  # fmt: skip
    return table


_CAPTION = (
    "kind: what the generators call most of the task's questions; the product never sees it. after tool: questions "
    "that came once a tool for their kind stood; coverage: the share of those that a tool answered. tokens: answers "
    "and makings."
)


def _cells(found: FoundTask) -> list[str]:
    tally = found.tally
    mixed = f" + {len(found.kinds) - 1} more" if len(found.kinds) > 1 else ""
    return [
        found.kind + mixed,
        (found.task.tool_id or "–")[:8] if found.task else "–",
        found.status if found.task else "joined no task",
        f"{tally.questions:,}",
        f"{tally.by_tool:,}",
        f"{tally.after_tool:,}",
        share(tally.coverage),
        f"{tally.right:,}",
        f"{tally.wrong:,}",
        other_routes(tally.routes),
        f"{tally.usage.tokens + found.making.tokens:,}",
    ]
