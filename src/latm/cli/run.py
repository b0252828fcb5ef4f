"""`latm run`: a file of questions in, a file of answers out."""

import random
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import click

from latm.answer import Route
from latm.batch.line import Line
from latm.batch.output import Output, move_aside
from latm.batch.run import Batch, Workroom
from latm.batch.totals import Summary
from latm.cli import dry
from latm.cli.awaiting import wait_for
from latm.cli.input import input_options, name_read, name_skipped, reading_of
from latm.cli.objects import RunObject
from latm.cli.options import (
    SettingsCommand,
    json_option,
    require_model,
    scope_options,
    settings_from,
    settings_options,
    told_as_json,
    wants_json,
)
from latm.cli.progress import watching
from latm.cli.summary import run_object, show
from latm.cli.words import plain
from latm.engines.fleet import Fleet
from latm.engines.processes import Processes
from latm.errors import InputError, SettingsError
from latm.latm import AsyncLatm
from latm.question import scope_of
from latm.reading.decoding import STANDARD_INPUT, is_remote, shown
from latm.reading.reading import Reading
from latm.settings import Settings
from latm.task import Instance

_PROCESSES = 2
SOME_FAILED = 1
"""The exit code if questions failed."""


@click.command(cls=SettingsCommand, epilog=f"Each line of OUTPUT is a JSON object: {', '.join(Line.__annotations__)}.")
@click.argument("source", metavar="INPUT")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="For the answers: CSV by its suffix, else JSONL.",
)
@input_options
@click.option(
    "--keep", multiple=True, metavar="COLUMN", help="Carry this column of INPUT into OUTPUT; `all` for every one."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N questions.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Only N questions, drawn from all of INPUT.")
@click.option(
    "--guard/--no-guard",
    default=True,
    help="In CSV, put a ' before cells that a spreadsheet would run as a formula.",
    show_default=True,
)
@click.option(
    "--retry-failed/--no-retry-failed",
    default=True,
    show_default=True,
    help="Ask again what failed in an earlier run.",
)
@click.option("--allow-failed", is_flag=True, help="End with 0 although questions failed.")
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for a model that is out before the run stops.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "processes", "ray"]),
    default="local",
    show_default=True,
    help="Who asks the tools: this process, several here, or a Ray cluster's.",
)
@click.option(
    "--processes", type=click.IntRange(min=1), metavar="N", help="How many processes an engine has. [default: 2]"
)
@click.option("--address", metavar="HOST:PORT", help="Of the Ray cluster; not given, RAY_ADDRESS, else one of its own.")
@click.option("--dry-run", is_flag=True, help="Say what INPUT holds and what it would take, without one model call.")
@click.option("--restart", is_flag=True, help="Move an existing OUTPUT aside and start over.")
@scope_options
@json_option(RunObject)
@settings_options()
@click.pass_context
def run(  # noqa: PLR0913  # as many as the command line has
    context: click.Context,
    /,
    *,
    source: str,
    output: Path,
    keep: tuple[str, ...],
    limit: int | None,
    sample: int | None,
    guard: bool,
    retry_failed: bool,
    allow_failed: bool,
    patience: float,
    engine: str,
    processes: int | None,
    address: str | None,
    dry_run: bool,
    restart: bool,
    scope: str | None,
    instructions: str | None,
    **given: object,
) -> None:
    """Answer every question of INPUT, in order; kinds are found and tools made on the way.

    INPUT is JSONL, JSON, CSV, TSV or Parquet, also as .gz or .zst, or `-` for JSONL on standard input. The usual
    columns are recognised (`question`, `prompt`, `input`, `messages` …); name others by flags, or fill a template
    with them. If the input has answers, the output says which of its own are right.

    A run that was stopped in any way goes on where it stopped when you start it again with the same INPUT and
    OUTPUT; what failed is then asked again. The exit code is 1 if questions failed. If the model is out, the run
    waits, asks again and goes on; after --patience it stops, with the exit code 4.
    """
    settings, reading = settings_from(context), reading_of(source, given, keep=keep)
    _refuse_output(reading, output)
    length = _length(reading)
    chosen = _choice(length, limit, sample)
    instances = _chosen(_in_scope(reading, instructions, scope), chosen)
    if dry_run:
        dry.show(instances, settings, as_json=wants_json(context))
        return
    with _resumable(output):
        fleet = _fleet(engine, settings, processes, address)
        if restart and (aside := move_aside(output)):
            click.echo(plain(f"The old {output} is now {aside}."), err=True)
        with Output(output, guard=guard) as answers:
            batch = partial(Batch, output=answers, retry_failed=retry_failed, patience=patience)
            summary = wait_for(_run(settings, instances, length if chosen is None else len(chosen), batch, fleet))
    if not told_as_json(context, run_object(summary, output, reading)):
        if reading.source == STANDARD_INPUT:
            name_skipped(reading)
        show(summary, output)
    if summary.counts.routes[Route.FAILED] and not allow_failed:
        context.exit(SOME_FAILED)


@contextmanager
def _resumable(output: Path) -> Iterator[None]:
    """Say how to go on if the run is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"The answers written so far are in {output}; run the same command again to go on."
        ) from None


def _refuse_output(reading: Reading, output: Path) -> None:
    if str(output) == STANDARD_INPUT:
        raise InputError("Answers go to a file, so that a run can be resumed.", hint="Name one: -o answers.jsonl")
    if ":/" in str(output):  # a path has one slash where the URL had two
        raise InputError(
            f"Answers go to a file of this machine, and {shown(str(output).replace(':/', '://', 1))} is elsewhere.",
            hint="Name one here, so that a run can be resumed, and copy it when the run has ended.",
        )
    is_here = reading.source != STANDARD_INPUT and not is_remote(reading.source)
    if is_here and output.exists() and output.samefile(reading.source):
        raise InputError(f"{output} is the input itself.", hint="Name another file for the answers.")


def _in_scope(reading: Reading, instructions: str | None, scope: str | None) -> Iterator[Instance]:
    """The instances in the scope given; they keep what the input says of their own and the flags leave open."""
    for instance in reading:
        yield replace(instance, scope=scope_of(instructions, scope, within=instance.scope))


def _choice(length: int | None, limit: int | None, sample: int | None) -> Collection[int] | None:
    """The places of the questions to ask, from 0; None for all. The same ones each time, so that a run can go on."""
    if sample is None:
        return None if limit is None else range(limit if length is None else min(limit, length))
    if length is None:
        raise InputError("Standard input cannot be sampled.", hint="Use --limit, or name a file.")
    places = sorted(random.Random(0).sample(range(length), min(sample, length)))  # noqa: S311  # a draw, no secret
    return frozenset(places if limit is None else places[:limit])


def _chosen(instances: Iterator[Instance], places: Collection[int] | None) -> Iterator[Instance]:
    if places is None:
        return instances
    return (instance for place, instance in islice(enumerate(instances), max(places) + 1) if place in places)


async def _run(
    settings: Settings,
    instances: Iterable[Instance],
    length: int | None,
    batch: Callable[..., Batch],
    fleet: Fleet | None,
) -> Summary:
    """Run a batch, which is made by `batch` from what is opened here."""
    workroom = Workroom()
    async with fleet or nullcontext(), AsyncLatm(settings, observer=workroom, engine=fleet) as latm:
        if not any(known.tool for known in latm.snapshot.known):
            require_model(settings)
        latm.models.check()
        with watching(length) as watcher:
            return await batch(latm, workroom, watcher=watcher).run(instances, length=length)


def _fleet(engine: str, settings: Settings, processes: int | None, address: str | None) -> Fleet | None:
    """The workers of an engine, not yet started; None if this process asks the tools itself."""
    if engine == "local":
        if processes or address:
            raise SettingsError("--processes and --address are an engine's.", hint="Say --engine processes or ray.")
        return None
    if address and engine != "ray":
        raise SettingsError(f"--address is of a Ray cluster, not of {engine}.", hint="Say --engine ray.")
    without_models = dict.fromkeys(("maker", "user", "dispatcher", "direct"))
    own = settings.model_copy(update={**without_models, "workers": settings.workers or 1})
    if engine == "ray":
        from latm.engines.ray import RayCrew

        return Fleet(RayCrew(own, address), processes or _PROCESSES)
    return Fleet(Processes(own), processes or _PROCESSES)


def _length(reading: Reading) -> int | None:
    """How many questions there are, found by reading them all once; None if that is not possible."""
    if reading.source == STANDARD_INPUT:
        return None
    length = sum(1 for _ in reading)
    name_read(reading)
    return length
