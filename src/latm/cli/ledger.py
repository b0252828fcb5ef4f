"""`latm ledger`: what each task was billed, and what its tools avoided; never in one sum."""

import math

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from latm.cli.objects import EstimateObject, LedgerObject, LedgerRow, SpentObject
from latm.cli.options import SettingsCommand, json_option, settings_from, settings_options, told_as_json
from latm.cli.words import counted, dollars, plain
from latm.ledger import Usage, usd
from latm.store import PURPOSES, Estimate, TaskLedger, ToolCache

_WIDE = 160


@click.command(cls=SettingsCommand)
@json_option(LedgerObject)
@settings_options("store")
@click.pass_context
def ledger(context: click.Context, /, **_settings: object) -> None:
    """Show what each task was billed, and what its tools' answers would have cost if the model had given them.

    `unrecorded` was paid for and is on no other record: it is under way, its process ended first, or it was
    forgotten. What was avoided is an estimate from the task's own direct answers, with a 95 % interval.
    """
    settings = settings_from(context)
    with ToolCache.open(settings.store) as cache:
        books = cache.ledger()
    total = sum((book.total for book in books), Usage())
    unknown = sum(book.unknown_calls for book in books)
    rows = [_row(book) for book in books]
    shown = LedgerObject(store=cache.address, billed=_spent(total), unknown_calls=unknown, tasks=rows)
    if told_as_json(context, shown):
        return
    if not books:
        click.echo("Nothing was spent yet.")
    else:
        _show(shown)


def _row(book: TaskLedger) -> LedgerRow:
    return {
        "task": book.task,
        "billed": {name: _spent(book.billed.get(name, Usage())) for name in PURPOSES},
        "answers": book.answers,
        "by_tool": book.by_tool,
        "direct_answers": book.direct_answers,
        "avoided_tokens": _estimate(book.avoided_tokens),
        "avoided_cost": _estimate(book.avoided_cost),
        "pays_from": _estimate(book.pays_from),
    }


def _spent(usage: Usage) -> SpentObject:
    return {"calls": usage.calls, "tokens": usage.tokens, "cost": usd(usage.cost)}


def _estimate(one: Estimate | None) -> EstimateObject | None:
    if one is None or not math.isfinite(one.mean):
        return None
    return {"mean": one.mean, "low": one.low, "high": one.high if math.isfinite(one.high) else None}


def _show(shown: LedgerObject) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("tokens billed for", overflow="fold")
    for heading in (*(name.replace("_", " ") for name in PURPOSES), "| avoided", "by tool", "pays from"):
        table.add_column(heading, justify="right")
    for row in shown["tasks"]:
        name = "(no known task)" if row["task"] is None else plain(row["task"])
        billed = [f"{row['billed'][purpose]['tokens']:,}" for purpose in PURPOSES]
        by_tool = f"{row['by_tool']:,} of {row['answers']:,}"
        table.add_row(Text(name), *billed, _said(row["avoided_tokens"]), by_tool, _said(row["pays_from"]))
    console = Console(highlight=False, width=_WIDE)
    console.print(table)
    total = shown["billed"]
    console.print(f"billed in all: {counted(total['tokens'], 'token')}, {dollars(total['cost'])}")
    if shown["unknown_calls"]:
        console.print(f"{counted(shown['unknown_calls'], 'call')} ended without a reply; what they cost is not known")


def _said(one: EstimateObject | None) -> str:
    if one is None:
        return "–"
    high = "?" if one["high"] is None else f"{one['high']:,.0f}"
    return f"{one['mean']:,.0f} ({one['low']:,.0f}–{high})"
