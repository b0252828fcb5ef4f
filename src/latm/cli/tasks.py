"""`latm tasks`: the kinds of question that were found, as the text that each has in common."""

import json
from collections import defaultdict
from collections.abc import Sequence
from textwrap import indent

import click

from latm.cli.failing import AS_JSON
from latm.cli.objects import TaskRow, TasksObject
from latm.cli.options import json_option, settings_from, settings_options
from latm.cli.words import counted, plain
from latm.kinds import templates
from latm.store import ToolCache
from latm.task import Task

_LONGEST = 600


@click.command()
@json_option(TasksObject)
@settings_options("store")
@click.pass_context
def tasks(context: click.Context, /, **_settings: object) -> None:
    """List the kinds of question that were found, each as a template.

    A template is the text that the questions of a task share, with {…} where they differ. What several tasks share,
    such as a preamble, is left out. `latm tools` lists the tools that serve them.
    """
    settings = settings_from(context)
    with ToolCache.open(settings.store) as cache:
        listed = TasksObject(store=cache.address, tasks=_rows(cache.tasks()))
    if context.meta.get(AS_JSON):
        click.echo(json.dumps(listed))
    elif not listed["tasks"]:
        click.echo("There are no tasks yet.")
    for row in () if context.meta.get(AS_JSON) else listed["tasks"]:
        heading = click.style(plain(row["task"]), bold=True)
        click.echo(f"{heading}  {row['status']}, {counted(row['examples'], 'example')}")
        click.echo(indent(_shortened(plain(row["template"] or "(its questions share no text)")), "    "))


def _rows(known: Sequence[Task]) -> list[TaskRow]:
    """The tasks with their templates; only tasks of one scope can share boilerplate."""
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
        }
        for task in known
    ]


def _questions(task: Task) -> list[str]:
    return [example.question for example in task.examples]


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
