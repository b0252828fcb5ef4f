"""Tasks, tools and makings as people read them, and as `--json` prints them."""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from textwrap import indent

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from latm.answer import Route
from latm.certified import certified_part, current, said
from latm.cli.make import making_object
from latm.cli.objects import ShowObject, ToolRow, ToolsObject, ToolVersionObject
from latm.cli.words import counted, dollars, plain, share, tokens
from latm.kinds import TEXT
from latm.ledger import Usage
from latm.provenance import Attempt, Making, said_caught
from latm.store import Certified, Guarded, RouteTotals, TaskTotals, ToolCache
from latm.task import Task
from latm.tool import ToolKind, ToolStatus, ToolVersion, Verification

_WIDE = 160
_SHORT = 8
_COLOURS = {
    "served": "green", "collecting": "cyan", "untoolable": "yellow", "failed": "red", "waiting": "cyan",
    "candidate": "cyan", "shadow": "cyan", "suspended": "yellow",
    "made": "green", "reused": "green", "serving": "green", "retired": "yellow", "several": "cyan",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """What `latm tools show` shows.

    Attributes:
        task: the task.
        tools: versions of its tool, oldest first.
        makings: that led to them, or to none; oldest first.
    """

    task: Task
    tools: Sequence[ToolVersion]
    makings: Sequence[Making]


def tools_object(cache: ToolCache, store: str) -> ToolsObject:
    """Every task with what serves it and what that has come to."""
    tools = {(tool.task, tool.id): tool for tool in cache.tools(status=ToolStatus.SERVING)}
    totals = {totals.task: totals for totals in cache.totals()}
    certified: defaultdict[str, list[Certified]] = defaultdict(list)
    guards = cache.guards()
    for one in cache.certificates():
        certified[one.task].append(one)
    makings: defaultdict[str, Usage] = defaultdict(Usage)
    for making in cache.makings():
        makings[making.task] += making.usage
    return {
        "store": store,
        "tasks": [
            _row(
                task,
                tools.get((task.name, task.tool_id or "")),
                totals.get(task.name, TaskTotals(task.name, {})),
                makings[task.name],
                current(certified[task.name]),
                guards.get(task.name, {}),
            )
            for task in cache.tasks()
        ],
    }


def _row(  # noqa: PLR0913, PLR0917  # a row has that many sources
    task: Task,
    tool: ToolVersion | None,
    totals: TaskTotals,
    making: Usage,
    certified: Certified | None,
    guards: Mapping[str, Guarded],
) -> ToolRow:
    return {
        "task": task.name,
        "status": task.status,
        "reason": task.reason,
        "tool": task.tool_id,
        "version": tool.number if tool else None,
        "summary": tool.program.summary if tool else "",
        "examples": len(task.examples),
        "questions": totals.all.answers,
        "by_tool": totals.routes.get(Route.TOOL, RouteTotals()).answers,
        **certified_part(certified),
        "guards": {guard: {"held": one.held, "wrong": one.wrong} for guard, one in guards.items()},
        "answering_tokens": totals.all.usage.tokens,
        "making_tokens": making.tokens,
    }


def show_table(listed: ToolsObject) -> None:
    """The list as a table, and under it why some tasks have no tool."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("task", "status", "tool"):
        table.add_column(heading, overflow="fold")
    for heading in ("questions", "by tool", "tokens spent"):
        table.add_column(heading, justify="right")
    shows_bounds = any(row["bound"] is not None or row["shadow_audits"] for row in listed["tasks"])
    if shows_bounds:
        table.add_column("wrong, with the confidence asked for")
    for row in listed["tasks"]:
        by_tool = f"{row['by_tool']:,} ({share(row['by_tool'] / row['questions'])})" if row["questions"] else "–"
        name = Text(plain(row["task"]))
        name.append(f"\n  {plain(row['summary'])}" if row["summary"] else "", style="dim")
        table.add_row(
            *(name, _coloured(row["status"])),
            f"{row['tool'][:_SHORT]} v{row['version']}" if row["tool"] else "–",
            *(f"{row['questions']:,}", by_tool),
            f"{row['answering_tokens'] + row['making_tokens']:,}",
            *([said(row)] if shows_bounds else []),
        )
    console = _console()
    console.print(table)
    for row in listed["tasks"]:
        if row["reason"]:
            console.print(Text(plain(f"{row['task']}: {row['reason']}"), style="dim"), soft_wrap=True)


def show_task(shown: Shown) -> None:
    """A task, its tools' sources, and every making with its conversation."""
    console = _console()
    task = shown.task
    console.print(_verdict(task.name, task.status, task.reason))
    if said := task.form.described():
        console.print(Text(plain(f"answers: {said}"), style="dim"))
    for tool in shown.tools:
        console.print(*_version(tool), sep="\n")
    for making in shown.makings:
        console.print(*_making(making), sep="\n")
    if not shown.makings:
        console.print(f"No making yet: {len(task.examples)} examples so far.")


def _version(tool: ToolVersion) -> list[RenderableType]:
    half = "half " if tool.kind is ToolKind.HALF else ""
    heading = f"{half}tool {tool.id}, version {tool.number}, {tool.status}, {len(tool.demonstrations)} demonstrations"
    checks = Text(plain(verified(tool.verification)), style="dim")
    return [Rule(heading, align="left"), checks, Syntax(plain(tool.source), "python", background_color="default")]


_OPEN_END = (
    f"what follows {TEXT} at its end cannot be told from it: a request whose last sentences read like another "
    "instruction goes to the model"
)


def verified(verification: Verification) -> str:
    """What a version was checked against, in one line."""
    held = verification
    rewritten = f" ({held.rewritten} of them written differently)" if held.rewritten else ""
    abstained = f", abstained on {held.abstained}" if held.abstained else ""
    searches = f"\nsearches free text, and accounts for the rest: {held.frame}" if held.frame else ""
    open_end = f"\n{_OPEN_END}" if held.frame.endswith(TEXT) else ""
    return (
        f"answered {held.answered} examples{rewritten}, {held.held_out} of them held out{abstained}; "
        f"checked against {held.foreign} questions of other tasks{searches}{open_end}"
    )


def _making(making: Making) -> list[RenderableType]:
    usage = making.usage
    facts = [
        f"when      {making.started_at}, {making.seconds:.1f} s, latm {making.version}",
        f"model     {making.model or 'none was asked'}",
        f"spent     {counted(usage.calls, 'model call')}, {tokens(usage.tokens)}, {dollars(usage.cost)}",
        f"caught    {said_caught(making) or 'nothing'}",
        *(f"note      {note}" for note in making.notes),
    ]
    verdict = _verdict("making", making.outcome, making.reason)
    talk = [_attempt(number, attempt) for number, attempt in enumerate(making.attempts, start=1)]
    return [Rule(), verdict, Text(plain("\n".join(facts))), *talk]


def _verdict(what: str, status: str, reason: str) -> Text:
    because = f": {plain(reason)}" if reason else ""
    return Text.assemble((f"{plain(what)}  ", "bold"), (status, _COLOURS[status]), because)


def _attempt(number: int, attempt: Attempt) -> RenderableType:
    said: list[RenderableType] = [Text(f"\n{number}. {attempt.stage}", style="bold")]
    for heading, text in (("asked", attempt.prompt), ("the tool maker", attempt.completion)):
        if text:
            said += [Text(heading, style="dim"), _indented(text)]
    if attempt.gate:
        said += [Text(f"stopped by the gate {attempt.gate}", style="red")]
        said += [_indented(attempt.failure)]
    else:
        said += [Text("no gate stopped it", style="dim")]
    return Group(*said)


def _indented(text: str) -> Text:
    return Text(indent(plain(text), "    "))


def _console() -> Console:
    """On a terminal as wide as it is; elsewhere wide enough that a program can read whole lines."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=_WIDE)


def _coloured(word: str) -> Text:
    return Text(word, style=_COLOURS.get(word, ""))


def show_object(shown: Shown) -> ShowObject:
    """The same as `--json` prints it."""
    return {
        "task": shown.task.name,
        "status": shown.task.status,
        "reason": shown.task.reason,
        "form": shown.task.form.described(),
        "examples": [
            {"question": example.question, "answer": example.answer, "source": example.source}
            for example in shown.task.examples
        ],
        "tools": [_version_object(tool) for tool in shown.tools],
        "makings": [making_object(making) for making in shown.makings],
    }


def _version_object(tool: ToolVersion) -> ToolVersionObject:
    return {
        "tool": tool.id,
        "version": tool.number,
        "status": tool.status,
        "kind": tool.kind,
        "verification": asdict(tool.verification),
        "source": tool.source,
        "demonstrations": [
            {"question": shown.question, "arguments": dict(shown.arguments)} for shown in tool.demonstrations
        ],
    }
