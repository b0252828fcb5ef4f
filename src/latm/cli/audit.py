"""`latm audit`: right answers that came later, and what audits have found."""

from pathlib import Path

import click

from latm.cli.objects import AuditRow, AuditsObject
from latm.cli.options import SettingsCommand, json_option, settings_from, settings_options, told_as_json
from latm.cli.words import counted, plain
from latm.errors import InputError
from latm.ledger import usd
from latm.reports import judged, read_reports
from latm.store import WRONG, Audit, ToolCache

_LONGEST = 200


@click.command(cls=SettingsCommand)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--task", help="Without FILE: only audits of this task.")
@click.option("--all", "show_all", is_flag=True, help="Without FILE: also answers that were found right.")
@click.option("--limit", type=click.IntRange(min=1), default=20, metavar="N", help="Without FILE: the newest N.")
@json_option(AuditsObject)
@settings_options("store")
@click.pass_context
def audit(
    context: click.Context,
    /,
    *,
    file: Path | None,
    task: str | None,
    show_all: bool,
    limit: int,
    **_settings: object,
) -> None:
    """Report right answers from FILE, or list the answers that audits found wrong.

    FILE has a JSON object a line: {"serial": …, "answer": …} with the right answer, or {"serial": …, "wrong": true}.
    `id` or `question` may stand for `serial`. A report is evidence of its own kind: it does not change the bound,
    and a wrong answer becomes a case that the next version of the tool must pass.
    """
    with ToolCache.open(settings_from(context).store) as cache:
        if file is not None:
            shown = _reported(cache, file)
        else:
            if task is not None:
                cache.task(task)
            found = cache.audits(task, verdict=None if show_all else WRONG, limit=limit)
            shown = AuditsObject(recorded=0, passed_over=0, audits=[_row(one) for one in found])
    if told_as_json(context, shown):
        return
    if file is not None:
        wrong = sum(row["verdict"] == WRONG for row in shown["audits"])
        click.echo(f"{counted(shown['recorded'], 'report')} recorded, {wrong} of them of wrong answers; "
                   f"{shown['passed_over']} passed over.")  # fmt: skip
    else:
        _show(shown)


def _reported(cache: ToolCache, file: Path) -> AuditsObject:
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", hint="Name a file of JSON lines.") from error
    reports = read_reports(lines, str(file))
    found = judged(cache, reports)
    count, _ = cache.report(found)
    return {"recorded": count, "passed_over": max(0, len(reports) - count), "audits": [_row(one) for one in found]}


def _row(one: Audit) -> AuditRow:
    return {
        "serial": one.serial,
        "task": one.task,
        "version": one.version,
        "source": one.source,
        "verdict": one.verdict,
        "question": one.question,
        "text": one.text,
        "reference": one.reference,
        "again": one.again,
        "tokens": one.usage.tokens,
        "cost": usd(one.usage.cost),
        "settled_at": one.settled_at,
    }


def _show(shown: AuditsObject) -> None:
    if not shown["audits"]:
        click.echo("No audit found a wrong answer.")
    for row in shown["audits"]:
        verdict = row["verdict"] or "due"
        heading = click.style(f"{plain(row['task'])} v{row['version']}", bold=True)
        click.echo(f"{heading}  {verdict} ({row['source']}), {row['settled_at'] or row['serial']}")
        for name in ("question", "text", "reference"):
            text = plain(str(row[name] or "–"))
            click.echo(f"    {name:<10}{text[:_LONGEST]}{'…' * (len(text) > _LONGEST)}")
