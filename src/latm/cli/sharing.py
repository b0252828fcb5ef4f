"""`latm tools export --as`, `latm tools import`: tools as packages and skills, and from them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from latm.cli.awaiting import wait_for
from latm.cli.input import input_options, reading_of
from latm.cli.objects import MakingObject
from latm.cli.options import SettingsCommand, json_option, scope_options, settings_from, settings_options, told_as_json
from latm.cli.words import counted, plain
from latm.sandbox import open_sandbox
from latm.store import ToolCache

if TYPE_CHECKING:
    from latm.provenance import Making
    from latm.settings import Settings
    from latm.sharing.bundle import Bundle
    from latm.task import Example
    from latm.tool import ToolStatus

LAYOUTS = ("package", "skill")
"""What a tool can be exported as, beside a file."""


def export_as(settings: "Settings", name: str, layout: str, into: Path) -> Path:
    """Write a tool as a folder of its own; where it is.

    Raises:
        LatmError: there is no such tool, it cannot be packed, or the folder exists.
    """
    from latm.sharing.packing import dashed, package_of, skill_of, write_files

    bundle = wait_for(_bundle(settings, name))
    folder = into / dashed(bundle.task)
    write_files(folder, package_of(bundle) if layout == "package" else skill_of(bundle))
    told = counted(len(bundle.examples), "question with its answer", "questions with their answers")
    click.echo(f"It carries {told}, as they came: look through {folder} before you give it away.", err=True)
    return folder


async def _bundle(settings: "Settings", name: str) -> "Bundle":
    from latm.sharing.packing import bundle_from

    with ToolCache.open(settings.store) as cache:
        async with open_sandbox(settings) as sandbox:
            return await bundle_from(cache, sandbox, name)


@click.command("import", cls=SettingsCommand)
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--name", help="The name of its task; if not given, the tool's own.")
@click.option("--examples", metavar="FILE", help="Your own questions with right answers, which it must answer too.")
@input_options
@scope_options
@json_option(MakingObject)
@settings_options()
@click.pass_context
def import_tool(  # noqa: PLR0913  # as many as the command line has
    context: click.Context,
    /,
    *,
    source: Path,
    name: str | None,
    examples: str | None,
    scope: str | None,
    instructions: str | None,
    **given: object,
) -> None:
    """Import a tool from SOURCE, once it passes every gate here.

    SOURCE is a folder, zip file or wheel that `latm tools export --as` wrote; or a wrapped tool of the original
    LATM repository, a JSON file. Its own claims do not count: it runs in the sandbox, must answer its examples and
    yours, and must refuse what is not of its kind.
    """
    from latm.cli.make import gold_examples, making_object
    from latm.sharing.reading import read_bundle

    settings = settings_from(context)
    bundle = read_bundle(source)
    task = name or bundle.task
    own = gold_examples(reading_of(examples, given), task) if examples else []
    making, status = wait_for(_imported(settings, bundle, task, own, instructions, scope))
    if told_as_json(context, making_object(making)):
        return
    click.secho(f"{making.outcome}: {plain(making.reason)}", fg="green", bold=True)
    click.echo(f"tool {making.tool_id} of {plain(making.task)}: {status}")
    for note in making.notes:
        click.echo(f"note: {plain(note)}")


async def _imported(  # noqa: PLR0913, PLR0917  # as the command has
    settings: "Settings",
    bundle: "Bundle",
    task: str,
    examples: list["Example"],
    instructions: str | None,
    scope: str | None,
) -> tuple["Making", "ToolStatus"]:
    from latm.latm import AsyncLatm

    async with AsyncLatm(settings) as latm:
        making = await latm.import_tool(bundle, task=task, examples=examples, instructions=instructions, scope=scope)
        versions = (await latm.tools.show(making.task)).versions
        return making, next(version.status for version in reversed(versions) if version.id == making.tool_id)
