"""`latm tasks`: the kinds of question that were found, why one has no tool, and what a person decides about them."""

from collections import defaultdict
from textwrap import indent

import click

from latm.cli.objects import ChangeObject, SplitObject, TaskObject, TaskRow, TasksObject
from latm.cli.options import SettingsCommand, json_option, settings_from, settings_options, told_as_json
from latm.cli.tools import rename, say_change
from latm.cli.words import counted, plain
from latm.kinds import templates
from latm.learning.outlook import Outlook, outlooks
from latm.settings import Settings
from latm.shelf import split_by_hand
from latm.store import ToolCache
from latm.task import Task
from latm.tool import ToolStatus

_LONGEST = 600
_SHOWN = 3
_DUE = "a tool is made when the next question of its kind comes"


@click.group(invoke_without_command=True)
@json_option(TasksObject)
@settings_options("store", "maker")
@click.pass_context
def tasks(context: click.Context, /, **_settings: object) -> None:
    """List the kinds of question that were found, each as a template; or show, rename, merge, unmerge and split kinds.

    A template is the text that the questions of a task share, with {…} where they differ. It leaves out what
    several tasks share, such as a preamble. If a task has no tool, the line below says why. `latm tools` lists the
    tools.
    """
    if context.invoked_subcommand is not None:
        return
    settings = settings_from(context)
    with ToolCache.open(settings.store) as cache:
        listed = TasksObject(store=cache.address, tasks=_rows(cache, settings))
    if told_as_json(context, listed):
        return
    if not listed["tasks"]:
        click.echo("There are no tasks yet.")
    for row in listed["tasks"]:
        _show_row(row)


@tasks.command(cls=SettingsCommand)
@click.argument("task")
@json_option(TaskObject)
@settings_options("store", "maker")
@click.pass_context
def show(context: click.Context, /, task: str, **_settings: object) -> None:
    """Show one kind: its template, its instructions, its newest examples, and why it has no tool."""
    settings = settings_from(context)
    with ToolCache.open(settings.store) as cache:
        known = cache.task(task)
        row = next(row for row in _rows(cache, settings) if row["task"] == task)
        came = cache.records([task])[task].came
    shown = [
        {"question": example.question, "answer": example.answer, "source": example.source}
        for example in reversed(known.examples[-_SHOWN:])
    ]
    if told_as_json(context, TaskObject(**row, came=came, shown=shown)):
        return
    _show_row(row)
    if row["instructions"]:
        click.echo(f"  instructions:\n{indent(_shortened(plain(row['instructions'])), '    ')}")
    click.echo(f"  {counted(came, 'question')} that no tool answered; the newest examples:")
    for example in shown:
        click.echo(indent(_shortened(plain(example["question"])), "    "))
        click.echo(f"    = {_shortened(plain(example['answer']))}")


tasks.add_command(rename)


@tasks.command(cls=SettingsCommand)
@click.argument("into")
@click.argument("others", nargs=-1, required=True)
@json_option(ChangeObject)
@settings_options("store")
@click.pass_context
def merge(context: click.Context, /, into: str, others: tuple[str, ...], **_settings: object) -> None:
    """Merge kinds: what was learnt of OTHERS goes to INTO, whose tool goes on serving.

    Their tools are retired. `latm tasks unmerge` undoes this.
    """
    with ToolCache.open(settings_from(context).store) as cache:
        cache.merge_kinds(into, others)
        task = cache.task(into)
    are = "is" if len(others) == 1 else "are"
    say_change(context, task.name, task.tool_id, task.status, f"{', '.join(others)} {are} now part of {into}.")


@tasks.command(cls=SettingsCommand)
@click.argument("task")
@json_option(ChangeObject)
@settings_options("store")
@click.pass_context
def unmerge(context: click.Context, /, task: str, **_settings: object) -> None:
    """Undo a merge: TASK is a kind of its own again, with everything that it had, its tool included."""
    with ToolCache.open(settings_from(context).store) as cache:
        cache.unmerge_kind(task)
        known = cache.task(task)
    say_change(context, known.name, known.tool_id, known.status, f"{task} is a kind of its own again.")


@tasks.command(cls=SettingsCommand)
@click.argument("task")
@click.option("--containing", metavar="TEXT", default="", help="A text that the questions of the new part contain.")
@click.option("--as", "new", metavar="NAME", default="", help="With --containing: the name of that part.")
@json_option(SplitObject)
@settings_options("store")
@click.pass_context
def split(context: click.Context, /, task: str, *, containing: str, new: str, **_settings: object) -> None:
    """Split a kind into several, as the wordings of its examples or --containing tell them apart.

    The largest part keeps its name; its tool is retired. Each part gets a tool of its own as soon as enough of its
    questions have come. `latm tasks merge` undoes this.
    """
    with ToolCache.open(settings_from(context).store) as cache:
        parts = split_by_hand(cache, task, containing, new)
    if not told_as_json(context, SplitObject(task=task, into=list(parts))):
        click.echo(plain(f"{task} is now {' and '.join(parts)}."))


def _show_row(row: TaskRow) -> None:
    heading = click.style(plain(row["task"]), bold=True)
    click.echo(f"{heading}  {row['status']}, {counted(row['examples'], 'example')}")
    click.echo(indent(_shortened(plain(row["template"] or "(its questions share no text)")), "    "))
    if row["missing"]:
        click.echo(f"  {plain(row['missing'])}")


def _rows(cache: ToolCache, settings: Settings) -> list[TaskRow]:
    """The tasks with their templates, and why they have no tool; only tasks of one scope can share boilerplate."""
    known = cache.tasks()
    compared = {tool.task for tool in cache.tools(status=ToolStatus.SHADOW)}
    found = outlooks(cache, known, settings, makes=settings.maker is not None, compared=compared)
    missing = {one.task: _in_one_line(one) for one in found}
    scopes: defaultdict[str, list[Task]] = defaultdict(list)
    for task in known:
        scopes[task.scope.digest].append(task)
    template_of = {
        task.name: template.text
        for some in scopes.values()
        for task, template in zip(some, templates([_questions(task) for task in some]), strict=True)
    }
    return [
        {
            "task": task.name,
            "status": task.status,
            "examples": len(task.examples),
            "template": template_of[task.name],
            "instructions": task.scope.instructions,
            "missing": "" if task.tool_id else missing[task.name],
        }
        for task in known
    ]


def _in_one_line(found: Outlook) -> str:
    return " ".join("; ".join(found.missing or [_DUE]).split())


def _questions(task: Task) -> list[str]:
    return [example.question for example in task.examples]


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
