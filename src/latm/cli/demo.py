"""`latm demo`: the main job on questions that come with the project."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import click

from latm.cli.awaiting import wait_for
from latm.cli.options import json_option, wants_json
from latm.demo.objects import CountsObject, DemoObject, FoundObject, SavingObject
from latm.demo.streams import SEED, Stream

PAGE = Path("latm-demo.html")
_INDENT = 29


def _keys(shape: type, *without: type) -> Iterator[str]:
    inherited = {key for base in without for key in base.__annotations__}
    for key, kind in get_type_hints(shape, include_extras=True).items():
        if key not in inherited:
            yield f"  {key:{_INDENT}} {kind.__metadata__[0]}"


HELP = "\n".join([
    """Send a shuffled stream of generated questions, with no labels and no task names, through the whole product.

The models' completions are replayed from a recording; everything else happens for real: grouping, making, verifying,
jailing, parsing, solving. The answers are scored at the end, against truths that the product never sees.

A recording holds one stream: other values of --questions and --seed need another recording, by --record.

\b
With --json, one object:""",
    *_keys(DemoObject),
    "\n\b\nEach of its tasks has the same counts over its own questions, and:",
    *_keys(FoundObject, CountsObject),
    "\n\b\nThe saving:",
    *_keys(SavingObject),
    "\nA tool is for the kind that most of its task's questions are of.",
])  # fmt: skip


@click.command(help=HELP)
@json_option(DemoObject)
@click.option(
    "--stream",
    type=click.Choice([stream.value for stream in Stream]),
    default=Stream.EVERYDAY.value,
    show_default=True,
    help="Eight kinds in a company's everyday layouts with one-off questions between, or fourteen bare ones.",
)
@click.option(
    "--questions", type=click.IntRange(1), help="How many; if not set, as many as the stream's recording has."
)
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of the stream.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), default=PAGE, show_default=True,
              help="Where the page with the plots is written.")  # fmt: skip
@click.option("--store", metavar="URL", help="Keep the tool cache there; otherwise it is fresh, and gone at the end.")
@click.option("--price-as", metavar="MODEL", help="Say what the tokens cost at the list price of provider:model.")
@click.option("--replay", type=click.Path(path_type=Path),
              help="Use another recording than the one that ships with latm.")  # fmt: skip
@click.option("--record", type=click.Path(dir_okay=False, path_type=Path),
              help="Ask real models and record what they say in this file. What it holds is not asked again. "
              "With --replay: copy what the run uses of that recording.")  # fmt: skip
@click.option("--maker", metavar="MODEL", help="With --record: provider:model, or model@URL.")
@click.option("--direct", metavar="MODEL", help="With --record: the maker's if not set.")
@click.option("--user", metavar="MODEL", help="With --record: the maker's if not set.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=120.0, show_default=True,
              help="With --record: seconds for one model call.")  # fmt: skip
@click.option("--concurrency", type=click.IntRange(1), default=8, show_default=True,
              help="With --record: model calls under way at once.")  # fmt: skip
@click.pass_context
def demo(context: click.Context, /, **options: Any) -> None:
    """Run the demo; see `HELP`."""
    from rich.console import Console

    from latm.demo.main import Choices, run_demo

    as_json = wants_json(context)
    console = Console(stderr=as_json, highlight=False)
    choices = Choices(**{**options, "stream": Stream(options["stream"])})
    summary = wait_for(run_demo(choices, console, quiet=as_json))
    if as_json:
        click.echo(json.dumps(summary.to_json(), indent=2))
