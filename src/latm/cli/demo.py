"""`latm demo`: the main job on questions that come with the project."""

import json
from pathlib import Path
from typing import Any

import anyio
import click

from latm.demo.settings import QUESTIONS, RECORDING, SEED

PAGE = Path("latm-demo.html")


@click.command(short_help="A stream of generated questions, with recorded completions: no key, no network.")
@click.option("--json", "as_json", is_flag=True, help="Print one object instead of the table.")
@click.option("--questions", type=click.IntRange(1), default=QUESTIONS, show_default=True, help="How many.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of the stream.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), default=PAGE, show_default=True,
              help="Where the page with the plots is written.")  # fmt: skip
@click.option("--store", metavar="URL", help="Keep the tool cache there; otherwise it is fresh, and gone at the end.")
@click.option("--price-as", metavar="PROVIDER:MODEL", help="Say what the tokens cost at this model's list price.")
@click.option("--replay", type=click.Path(path_type=Path), default=RECORDING,
              help="Another recording than the one that ships with latm.")  # fmt: skip
@click.option("--record", type=click.Path(dir_okay=False, path_type=Path),
              help="Ask real models and record what they say in this file. An interrupted recording goes on when it is "
              "started again.")  # fmt: skip
@click.option("--maker", metavar="MODEL", help="With --record: provider:model, or model@URL.")
@click.option("--direct", metavar="MODEL", help="With --record: the maker's where not set.")
@click.option("--user", metavar="MODEL", help="With --record: the maker's where not set.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=120.0, show_default=True,
              help="With --record: seconds for one model call.")  # fmt: skip
@click.option("--concurrency", type=click.IntRange(1), default=8, show_default=True,
              help="With --record: model calls under way at once.")  # fmt: skip
def demo(as_json: bool, **options: Any) -> None:
    """Send a shuffled stream of generated questions, with no labels and no task names, through the whole product.

    The models' completions are replayed from a recording; all the rest happens for real: grouping, making, verifying,
    jailing, parsing, solving. The answers are scored at the end, against truths that the product never sees.

    \b
    With --json, one object:
      questions         how many were asked; each is right or wrong
      right, wrong      answers equal to the truth, or not (white space at the ends apart); failed is wrong
      routes            answers by route: tool, tool_user, direct, failed
      by_tool           answers given by a tool, with no model call
      right_by_tool     those of them that are right
      after_tool        questions in blocks that came once a tool for their kind stood
      by_tool_after     those of them that a tool answered
      tokens            all that models spent, makings included, as the recording reports it
      model_calls       completions, replayed ones included; calls_by_purpose splits them
      tasks             the tasks that the product found, most questions first: name, status, tool_id, reason,
                        kind (what most of its questions are), kinds (all of them, with counts), tokens,
                        making_tokens, and the counts above over its own questions; the last entry may be
                        "(no task)": questions that joined none
      kinds             the same counts by the generators' kinds, whatever the product found
      replayed          completions, models, since, until; null where nothing was
      saving            spent_tokens, all_direct_tokens_estimated (every question at the mean of its kind's direct
                        answers in this run), saved_share_estimated, and money at --price-as
      seconds, seed     wall time; of the stream

    A tool is for the kind that most of its task's questions are of. A request that the recording does not hold is
    an error: the recording holds one stream, so --questions and --seed other than the defaults need --record.
    """  # noqa: D301  # the backslash is click's mark for a paragraph that keeps its lines
    from rich.console import Console

    from latm.demo.main import Choices, run_demo

    console = Console(stderr=as_json, highlight=False)
    summary = anyio.run(lambda: run_demo(Choices(**options), console, quiet=as_json))
    if as_json:
        click.echo(json.dumps(summary.to_json(), indent=2))
