"""`latm plan`: what a largest error takes, before anything is asked."""

from dataclasses import asdict
from decimal import Decimal
from typing import cast

import click
from rich.console import Console
from rich.table import Table

from latm.auditing import Case, Goal, Plan, goal_of
from latm.auditing import plan as planned
from latm.cli.objects import CaseRow, PlanObject
from latm.cli.options import SettingsCommand, json_option, settings_from, settings_options, told_as_json
from latm.cli.words import dollars, share
from latm.errors import NotFoundError
from latm.ledger import usd
from latm.settings import Settings
from latm.store import TaskLedger, ToolCache


@click.command(cls=SettingsCommand)
@click.option("--per-day", type=float, required=True, metavar="N", help="Questions of the task in a day.")
@click.option("--task", help="A task whose direct answers say what an audit costs.")
@json_option(PlanObject)
@settings_options("max_error", "confidence", "audit", "store")
@click.pass_context
def plan(context: click.Context, /, *, per_day: float, task: str | None, **_settings: object) -> None:
    """Say how many audits a largest error takes, how long it takes until a tool serves, and what that costs."""
    settings = settings_from(context)
    goal = goal_of(settings.model_copy(update={"policy": "certified", "policy_of": {}}), "")
    tokens, cost = _price(settings, task) if task is not None else (None, None)
    found = planned(goal.max_error, goal.confidence, goal.audit_share, per_day, tokens=tokens, cost=cost)
    if not told_as_json(context, _object(found)):
        _show(found, goal)


def _price(settings: Settings, task: str) -> tuple[float | None, Decimal | None]:
    """Tokens and dollars of a direct answer of a task."""
    with ToolCache.open(settings.store) as cache:
        cache.task(task)
        book = next((one for one in cache.ledger() if one.task == task), TaskLedger(task))
    spent = book.billed.get("direct")
    if spent is None or not spent.calls:
        raise NotFoundError(f"No direct answer of {task!r} says what an audit costs.", hint="Leave out --task.")
    return spent.tokens / spent.calls, None if spent.cost is None else spent.cost / spent.calls


def _object(found: Plan) -> PlanObject:
    return {
        "max_error": found.goal.max_error,
        "confidence": found.goal.confidence,
        "audit": found.goal.audit_share,
        "per_day": found.per_day,
        "cases": [_case(case) for case in found.cases],
        "audits_per_day": found.audits_per_day,
        "tokens_per_day": found.tokens_per_day,
        "cost_per_day": usd(found.cost_per_day),
    }


def _case(case: Case) -> CaseRow:
    return cast("CaseRow", asdict(case) | {"cost": usd(case.cost)})


def _show(found: Plan, goal: Goal) -> None:
    click.echo(
        f"At most {share(goal.max_error)} wrong, with {share(goal.confidence)} confidence; "
        f"{share(goal.audit_share)} of the answers audited; {found.per_day:,.0f} questions a day:"
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("if the tool errs in", "audits until it serves", "that is", "answers until the bound", "that is"):
        table.add_column(heading, justify="right")
    for heading in ("audits for that", "tokens", "cost"):
        table.add_column(heading, justify="right")
    for case in found.cases:
        table.add_row(
            share(case.error) if case.error else "none",
            f"{case.audits_to_promote:,}",
            _time(case.days_to_promote),
            f"{case.answers_to_bound:,}",
            _time(case.days_to_bound),
            f"{case.audits_to_bound:,}",
            "–" if case.tokens is None else f"{case.tokens:,}",
            "–" if case.cost is None else dollars(case.cost),
        )
    Console(highlight=False, width=140).print(table)
    price = "" if found.cost_per_day is None else f", {dollars(found.cost_per_day)}"
    tokens = "" if found.tokens_per_day is None else f", {found.tokens_per_day:,.0f} tokens"
    click.echo(f"then, each day: {found.audits_per_day:,.0f} audits{tokens}{price}")


def _time(days: float) -> str:
    if days >= 1:
        return f"{days:,.1f} days"
    return f"{days * 24:.1f} hours" if days * 24 >= 1 else f"{days * 24 * 60:.0f} min"
