"""`latm forget`: questions and answers leave the tool cache."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import cast

import click

from latm.cli.objects import ForgetObject
from latm.cli.options import SettingsCommand, json_option, settings_from, settings_options, told_as_json
from latm.cli.words import counted
from latm.errors import InputError
from latm.learning.spill import Spill
from latm.question import Scope
from latm.store import Batch, Forgotten, Selection, ToolCache, before


@click.command(cls=SettingsCommand)
@click.option("--scope", metavar="PROJECT", help="Of this project, whatever the instructions.")
@click.option("--instructions", metavar="TEXT", help="Of this scope alone: these instructions, and the project.")
@click.option("--task", help="Of this task.")
@click.option("--older-than", type=click.FloatRange(min=0), metavar="DAYS", help="From more than so many days ago.")
@click.option("--containing", metavar="TEXT", help="With this text in the question or in the answer.")
@click.option("--everything", is_flag=True, help="All of it.")
@click.option("--tools", is_flag=True, help="Also the tasks with their tools; pinned ones stay.")
@json_option(ForgetObject)
@settings_options("store")
@click.pass_context
def forget(  # noqa: PLR0913  # as many as the command line has
    context: click.Context,
    /,
    *,
    scope: str | None,
    instructions: str | None,
    task: str | None,
    older_than: float | None,
    containing: str | None,
    everything: bool,
    tools: bool,
    **_settings: object,
) -> None:
    """Forget questions and answers: in the log, as examples, and in the conversations that made tools.

    It forgets what fits every given option. Tools stay, unless --tools says otherwise. Recordings and logs are your
    files; it does not touch them.
    """
    if everything == any(each is not None for each in (scope, instructions, task, older_than, containing)):
        raise InputError("Say what to forget.", hint="Give --scope, --older-than or another option; or --everything.")
    exact = None if instructions is None else Scope(scope or "", instructions)
    oldest = "" if older_than is None else before(datetime.now(UTC) - timedelta(days=older_than))
    project = scope if exact is None else None
    selection = Selection(exact, project, task=task, before=oldest, containing=containing or "")
    with ToolCache.open(settings_from(context).store) as cache:
        take_up_spilled(cache)
        forgotten = cache.forget(selection, tools=tools)
    if not told_as_json(context, forgotten_object(forgotten)):
        click.echo(told(forgotten))


def take_up_spilled(cache: ToolCache) -> None:
    """Put answers on record that wait in a file beside the tool cache."""
    spill = Spill(cache.file, cache.address)
    cache.record(Batch(spill.take(), again=True))
    spill.clear()


def told(forgotten: Forgotten) -> str:
    """What was forgotten, in one line."""
    said = (
        counted(forgotten.answers, "answer"),
        counted(forgotten.examples, "example"),
        counted(forgotten.makings, "conversation with the maker", "conversations with the maker"),
        f"the demonstrations of {counted(forgotten.demonstrations, 'tool')}",
        counted(forgotten.tasks, "task with its tools", "tasks with their tools"),
    )
    return f"forgotten: {', '.join(said)}"


def forgotten_object(forgotten: Forgotten) -> ForgetObject:
    """What was forgotten, as `--json` prints it."""
    return cast("ForgetObject", asdict(forgotten))
