"""`latm make`: one tool from examples with answers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import cast

import click

from latm.asking import PROTOCOLS
from latm.cli.awaiting import wait_for
from latm.cli.input import input_options, name_read, reading_of
from latm.cli.objects import AttemptObject, MakingObject
from latm.cli.options import (
    SettingsCommand,
    json_option,
    require_model,
    scope_options,
    settings_from,
    settings_options,
    told_as_json,
)
from latm.cli.progress import working
from latm.cli.words import counted, dollars, plain, tokens
from latm.errors import InputError
from latm.latm import AsyncLatm
from latm.ledger import usd
from latm.provenance import Making, Outcome
from latm.reading.reading import Reading
from latm.settings import Settings
from latm.task import Example, scoped

NO_TOOL = 1
"""The exit code if the making led to no tool."""

_COLOURS = {
    Outcome.MADE: "green", Outcome.REUSED: "green", Outcome.IMPORTED: "green", Outcome.UNTOOLABLE: "yellow",
    Outcome.FAILED: "red", Outcome.SEVERAL: "cyan",
}  # fmt: skip


@click.command(cls=SettingsCommand)
@click.argument("task")
@click.argument("examples")
@input_options
@scope_options
@click.option("--protocol", type=click.Choice(PROTOCOLS), default="compiled", show_default=True,
              help="How the tool is made and used. `compiled`: it reads questions by itself. `paper`: as in the paper, "
                   "a tool user writes the calling code for each question.")  # fmt: skip
@json_option(MakingObject)
@settings_options()
@click.pass_context
def make(  # noqa: PLR0913  # as many as the command line has
    context: click.Context,
    /,
    *,
    task: str,
    examples: str,
    scope: str | None,
    instructions: str | None,
    protocol: str,
    **given: object,
) -> None:
    """Make a tool for TASK from EXAMPLES.

    EXAMPLES is JSONL, JSON, CSV, TSV or Parquet whose records have a question and an answer, or `-` for JSONL on
    standard input. The answers count as right (gold). Records of another `task` are left out.

    The exit code is 1 if no tool was made; `latm tools show TASK` says why.
    """
    settings = settings_from(context)
    gold = scoped(gold_examples(reading_of(examples, given), task), instructions, scope)
    require_model(settings)
    try:
        making = wait_for(_make(settings, task, gold, protocol))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            "What the tool maker has said so far is kept; run the same command again to go on."
        ) from None
    if not told_as_json(context, making_object(making)):
        _show(making, waits=settings.approval)
    if making.tool_id is None:
        context.exit(NO_TOOL)


def gold_examples(reading: Reading, task: str) -> list[Example]:
    """The examples of one task; malformed records are named on standard error.

    Raises:
        InputError: a record has no answer, or there is none for this task.
    """
    examples = []
    for instance in reading:
        if instance.task not in {None, task}:
            continue
        if instance.answer is None:
            raise InputError(
                f"{reading.name}: the example {instance.id} has no `answer`.",
                hint="Every example needs the right answer; `latm run` is for questions without.",
            )
        examples.append(Example(instance.question, instance.answer, scope=instance.scope))
    name_read(reading)
    if not examples:
        raise InputError(f"{reading.name} has no examples of {task!r}.", hint="Each record needs question and answer.")
    return examples


async def _make(settings: Settings, task: str, examples: Sequence[Example], protocol: str) -> Making:
    async with AsyncLatm(settings) as latm:
        latm.models.check()
        with working(f"Making a tool for {plain(task)}", latm.models.meter):
            return await latm.make(task, examples, protocol=protocol)


def _show(making: Making, *, waits: bool) -> None:
    click.secho(f"{making.outcome}: {plain(making.reason)}", fg=_COLOURS[making.outcome], bold=True)
    if making.tool_id:
        click.echo(
            f"tool {making.tool_id} {'waits for approval to serve' if waits else 'now serves'} {plain(making.task)}"
        )
    tries = sum(bool(attempt.completion) for attempt in making.attempts)
    spent = f"{tokens(making.usage.tokens)}, {dollars(making.usage.cost)}, {making.seconds:.1f} s"
    asked = f"{counted(tries, 'try', 'tries')}, {counted(making.usage.calls, 'model call')}"
    click.echo(f"{asked}, {spent}")
    for note in making.notes:
        click.echo(f"note: {plain(note)}")
    click.echo(f"`latm tools show {plain(making.task)}` shows all of it.", err=True)


def making_object(making: Making) -> MakingObject:
    """A making as `--json` prints it."""
    return {
        "task": making.task,
        "outcome": making.outcome,
        "reason": making.reason,
        "tool": making.tool_id,
        "model": making.model,
        "attempts": [cast("AttemptObject", asdict(attempt)) for attempt in making.attempts],
        "caught": dict(making.caught),
        "notes": list(making.notes),
        "model_calls": making.usage.calls,
        "tokens": making.usage.tokens,
        "cost": usd(making.usage.cost),
        "started_at": making.started_at,
        "seconds": making.seconds,
        "version": making.version,
    }
