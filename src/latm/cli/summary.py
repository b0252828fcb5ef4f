"""The summary at the end of `latm run`, for people and as JSON."""

from pathlib import Path

import click

from latm.answer import Route
from latm.batch.totals import Saving, Summary
from latm.cli.objects import RunObject
from latm.cli.words import counted, dollars, plain, share, tokens
from latm.ledger import usd
from latm.reading.reading import Reading


def show(summary: Summary, output: Path) -> None:
    """Print a summary for a person."""
    for label, text in _rows(summary):
        click.echo(f"{click.style(f'{label:<11}', bold=True)}{text}")
    if summary.counts.routes[Route.FAILED]:
        click.echo(
            "Lines whose route is `failed` have no answer; their `evidence` says why. "
            "Run the same command again to ask them again.",
            err=True,
        )
    click.echo(plain(f"The answers are in {output}."), err=True)


def _rows(summary: Summary) -> list[tuple[str, str]]:
    counts, spent = summary.counts, summary.spent
    resumed = f", {counts.resumed:,} of them by an earlier run" if counts.resumed else ""
    rows = [("questions", f"{counts.questions:,}{resumed}")]
    rows += [(route, _part(counts.routes[route], counts.questions)) for route in Route if counts.routes[route]]
    if scored := counts.right + counts.wrong:
        rows += [("right", _part(counts.right, scored)), ("wrong", _part(counts.wrong, scored))]
    replayed = f", {summary.replayed.calls:,} of them replayed from a recording" if summary.replayed.calls else ""
    rows += [
        ("spent", f"{tokens(spent.tokens)}, {dollars(spent.cost)}, in {counted(spent.calls, 'model call')}{replayed}"),
        ("saved", _saved(summary.saving)),
        ("tools made", ", ".join(summary.tools_made) or "none"),
        ("time", f"{summary.seconds:,.1f} s"),
    ]
    return rows


def _part(count: int, whole: int) -> str:
    return f"{count:,} ({share(count / whole)})"


def _saved(saving: Saving) -> str:
    if saving.tokens is None or saving.share is None:
        return "unknown: there is no direct answer to judge by"
    money = "" if saving.cost is None else f", {dollars(saving.cost)}"
    return (
        f"about {tokens(saving.tokens)}{money}: {share(saving.share)} of what answering all directly, in the "
        f"{saving.style} style, would have taken"
    )


def run_object(summary: Summary, output: Path, reading: Reading) -> RunObject:
    """A summary as `--json` prints it."""
    counts, spent, saved = summary.counts, summary.spent, summary.saving
    scored = counts.right + counts.wrong > 0
    return {
        "output": str(output),
        "questions": counts.questions,
        "resumed": counts.resumed,
        "routes": {route.replace("-", "_"): counts.routes[route] for route in Route},
        "right": counts.right if scored else None,
        "wrong": counts.wrong if scored else None,
        "skipped": reading.skipped_count,
        "skipped_lines": [{"line": line, "reason": reason} for line, reason in reading.skipped],
        "tokens": spent.tokens,
        "cost": usd(spent.cost),
        "model_calls": spent.calls,
        "replayed_calls": summary.replayed.calls,
        "saving": {
            "tokens": saved.tokens,
            "cost": usd(saved.cost),
            "style": saved.style,
        },
        "tools_made": list(summary.tools_made),
        "seconds": summary.seconds,
    }
