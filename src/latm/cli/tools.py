"""`latm tools`: what the tool cache holds, and how to change it."""

import sys
from pathlib import Path

import click

from latm.cli.objects import ChangeObject, ShowObject, ToolsObject
from latm.cli.options import SettingsCommand, json_option, settings_from, settings_options, told_as_json, wants_json
from latm.cli.sharing import LAYOUTS, export_as, import_tool
from latm.cli.showing import Shown, show_object, show_table, show_task, tools_object
from latm.cli.words import plain
from latm.errors import InputError, NotFoundError, StoreFullError
from latm.store import ToolCache
from latm.tool import ToolStatus

_NAME = "NAME_OR_ID"


@click.group(invoke_without_command=True)
@json_option(ToolsObject)
@settings_options("store")
@click.pass_context
def tools(context: click.Context, /, **_settings: object) -> None:
    """List tasks with the tools that serve them; or change them.

    NAME_OR_ID is a task, or a tool's id or the beginning of it.
    """
    if context.invoked_subcommand is not None:
        return
    settings = settings_from(context)
    with ToolCache.open(settings.store) as cache:
        listed = tools_object(cache, cache.address)
    if told_as_json(context, listed):
        return
    if not listed["tasks"]:
        click.echo("There are no tasks yet.")
        click.echo("`latm run` finds them in a stream of questions, `latm make` makes one from examples.", err=True)
    else:
        show_table(listed)


@tools.command(cls=SettingsCommand)
@click.argument("name", metavar=_NAME)
@json_option(ShowObject)
@settings_options("store")
@click.pass_context
def show(context: click.Context, /, name: str, **_settings: object) -> None:
    """Show a tool: its source, how it was verified, and the conversation that made it.

    If the making failed, or no program can do the task, this shows that verdict and what led to it.
    """
    with ToolCache.open(settings_from(context).store) as cache:
        shown = _look_up(cache, name)
    if not told_as_json(context, show_object(shown)):
        show_task(shown)


@tools.command(cls=SettingsCommand)
@click.argument("name", metavar=_NAME)
@click.option(
    "--as",
    "layout",
    type=click.Choice(["file", *LAYOUTS]),
    default="file",
    show_default=True,
    help="Its source; a Python package with its tests; or an Agent Skill.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A new file, instead of the terminal; or the folder in which a package or skill gets a folder of its own.",
)
@json_option(ChangeObject)
@settings_options("store", "sandbox", "isolation", "workers", "tool_seconds", "tool_memory_mb", "tool_output_kb")
@click.pass_context
def export(context: click.Context, /, name: str, layout: str, output: Path | None, **_settings: object) -> None:
    """Write a tool's source, with its history in a comment at the top; or a package or a skill around it.

    A package or skill needs nothing but Python. It carries the examples on which the tool was verified.
    """
    if layout in LAYOUTS:
        settings = settings_from(context)
        with ToolCache.open(settings.store) as cache:
            tool = cache.tool(name)
        folder = export_as(settings, tool.id if tool.task != name else name, layout, output or Path())
        say_change(context, tool.task, tool.id, "exported", f"Tool {tool.id} of {tool.task} is in {folder}.")
        return
    with ToolCache.open(settings_from(context).store) as cache:
        tool = cache.tool(name)
        source = cache.export(tool.id)
    if output is not None:
        _write(output, source)
        say_change(context, tool.task, tool.id, "exported", f"Tool {tool.id} of {tool.task} is in {output}.")
    elif wants_json(context):
        raise InputError("--json needs -o.", hint="`latm tools show --json` prints the source as part of an object.")
    else:
        click.echo(plain(source) if sys.stdout.isatty() else source, nl=False)


@tools.command(cls=SettingsCommand)
@click.argument("name", metavar=_NAME)
@json_option(ChangeObject)
@settings_options("store")
@click.pass_context
def retire(context: click.Context, /, name: str, **_settings: object) -> None:
    """Take a tool out of service. It stays on record; `restore` undoes this."""
    with ToolCache.open(settings_from(context).store) as cache:
        tool = cache.tool(name)
        cache.retire(tool.id)
    undo = f"`latm tools restore {tool.id}` undoes this."
    say_change(context, tool.task, tool.id, "retired", f"Tool {tool.id} of {tool.task} is retired. {undo}")


@tools.command(cls=SettingsCommand)
@click.argument("name", metavar=_NAME)
@json_option(ChangeObject)
@settings_options("store")
@click.pass_context
def restore(context: click.Context, /, name: str, **_settings: object) -> None:
    """Let a retired tool answer again; of a task, the version that was retired last."""
    with ToolCache.open(settings_from(context).store) as cache:
        retired = cache.tools(task=name, status=ToolStatus.RETIRED)
        tool = retired[-1] if retired else cache.tool(name)
        cache.restore(tool.id)
    say_change(context, tool.task, tool.id, "serving", f"Tool {tool.id} serves {tool.task} again.")


@tools.command(cls=SettingsCommand)
@click.argument("name", metavar=_NAME)
@json_option(ChangeObject)
@settings_options("store")
@click.pass_context
def approve(context: click.Context, /, name: str, **_settings: object) -> None:
    """Let a tool that waits for approval answer; `retire` with its id refuses it."""
    with ToolCache.open(settings_from(context).store) as cache:
        tool = cache.approve(name)[0]
    what = "serves" if tool.status is ToolStatus.SERVING else "is compared with the model before it serves"
    say_change(context, tool.task, tool.id, tool.status, f"Tool {tool.id} {what} {tool.task}.")


@tools.command(cls=SettingsCommand)
@click.argument("name", metavar=_NAME, required=False)
@click.option("--all", "every", is_flag=True, help="Every tool that is in shadow.")
@settings_options("store")
@click.pass_context
def promote(context: click.Context, /, name: str | None, *, every: bool, **_settings: object) -> None:
    """Let a tool that is only compared with the model answer."""
    if (name is None) is not every:
        raise InputError("Which tool?", hint="Name one, or say --all.")
    with ToolCache.open(settings_from(context).store) as cache:
        for tool in cache.promote(name):
            click.echo(f"Tool {tool.id} serves {tool.task}.")


@tools.command(cls=SettingsCommand)
@click.argument("name", metavar=_NAME)
@click.option("--off", is_flag=True, help="Unpin it again.")
@json_option(ChangeObject)
@settings_options("store")
@click.pass_context
def pin(context: click.Context, /, name: str, *, off: bool, **_settings: object) -> None:
    """Keep the tool that serves: no newer version takes its place, and its task is not deleted."""
    with ToolCache.open(settings_from(context).store) as cache:
        tool = cache.pin(name, pinned=not off)[0]
    say_change(
        context, tool.task, tool.id, tool.status, f"Tool {tool.id} of {tool.task} is {'no longer ' * off}pinned."
    )


@tools.command(cls=SettingsCommand)
@click.argument("task")
@json_option(ChangeObject)
@settings_options("store")
@click.pass_context
def delete(context: click.Context, /, task: str, **_settings: object) -> None:
    """Forget TASK with its examples and tools. Its makings and answers stay on record; use `latm forget` for those."""
    with ToolCache.open(settings_from(context).store) as cache:
        tool_id = cache.task(task).tool_id
        cache.delete_task(task)
    say_change(context, task, tool_id, "deleted", f"The task {task} is deleted.")


@tools.command(cls=SettingsCommand)
@click.argument("old")
@click.argument("new")
@json_option(ChangeObject)
@settings_options("store")
@click.pass_context
def rename(context: click.Context, /, old: str, new: str, **_settings: object) -> None:
    """Give the task OLD the name NEW; its examples, tools, makings and answers go with it."""
    if not new.strip():
        raise InputError("A task cannot have an empty name.", hint="Give one: latm tasks rename OLD NEW")
    with ToolCache.open(settings_from(context).store) as cache:
        cache.rename_task(old, new)
        task = cache.task(new)
    say_change(context, task.name, task.tool_id, task.status, f"The task {old} is now {new}.")


tools.add_command(import_tool)


def _look_up(cache: ToolCache, name: str) -> Shown:
    """A task with all of its versions and makings; or by an id, one version with the makings that led to it."""
    try:
        task = cache.task(name)
    except NotFoundError:
        tool = cache.tool(name)
        makings = [making for making in cache.makings(tool.task) if making.tool_id == tool.id]
        return Shown(cache.task(tool.task), [tool], makings)
    return Shown(task, cache.tools(task=name), cache.makings(name))


def say_change(context: click.Context, task: str, tool: str | None, status: str, sentence: str) -> None:
    """Say what was changed: in a sentence, or as an object."""
    if not told_as_json(context, ChangeObject(task=task, tool=tool, status=status)):
        click.echo(plain(sentence))


def _write(output: Path, source: str) -> None:
    try:
        with output.open("x", encoding="utf-8", errors="backslashreplace") as file:
            file.write(source)
    except FileExistsError as error:
        raise InputError(f"{output} exists.", hint="Name a new file; nothing is overwritten.") from error
    except OSError as error:
        raise StoreFullError(f"{output} cannot be written: {error.strerror}.") from error
