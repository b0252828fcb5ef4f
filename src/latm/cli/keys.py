"""`latm keys`: who may ask the gateway, and what that may cost."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from latm.cli.lazy import LazyGroup
from latm.cli.options import settings_from, settings_options
from latm.errors import InputError

if TYPE_CHECKING:
    from latm.gateway.accounts import Accounts
    from latm.gateway.limits import Key, Limit

_AGE = re.compile(r"(\d+)([hd])")
_HOURS = {"h": 1, "d": 24}
_NANO = 10**9

VERBS = {
    "create": ("latm.cli.keys:create", "Make a key; it is shown once."),
    "list": ("latm.cli.keys:list_", "Show all keys, without what they are."),
    "revoke": ("latm.cli.keys:revoke", "End a key."),
    "limit": ("latm.cli.keys:limit", "Limit what all keys of a project may spend together."),
    "forget": ("latm.cli.keys:forget", "Forget what a key spent, request by request; the sums stay."),
    "rebuild": ("latm.cli.keys:rebuild", "Count again what keys and projects have spent, from the record."),
    "acts": ("latm.cli.keys:acts", "Show what was done to keys and limits, by whom and when."),
}


@click.group(cls=LazyGroup, verbs=VERBS)
def keys() -> None:
    """Keys of the gateway, and budgets.

    A key is shown once, when it is made; only its digest is kept.
    """


def _opened(context: click.Context) -> "Accounts":
    from latm.gateway.accounts import Accounts
    from latm.gateway.app import accounts_beside
    from latm.gateway.settings import load_gateway_settings

    own = load_gateway_settings({})
    return Accounts(own.accounts or accounts_beside(settings_from(context).store))


def _limit(usd: Decimal | None, tokens: int | None, period: str) -> "Limit":
    from latm.gateway.limits import Limit, nano

    return Limit(nano(usd), tokens, period)


_BUDGET = (
    click.option("--usd", type=Decimal, metavar="USD", help="That may be spent in a period."),
    click.option(
        "--tokens", type=click.IntRange(min=0), metavar="N", help="That may be sent and received in a period."
    ),
    click.option("--period", type=click.Choice(["day", "month", "total"]), default="month", show_default=True),
)


def _budget(verb: Any) -> Any:
    for option in reversed(_BUDGET):
        verb = option(verb)
    return verb


@click.command()
@click.option("--name", default="", metavar="TEXT", help="What you call it.")
@click.option("--project", default="", metavar="PROJECT", help="Whose requests come with it. [default: its own]")
@click.option(
    "--model", "models", multiple=True, metavar="MODEL", help="That it may ask; again for more. [default: all]"
)
@click.option("--per-minute", type=click.IntRange(min=1), metavar="N", help="Requests a minute.")
@click.option("--expires", metavar="AGE", help="How long it is valid: 12h, 30d. [default: for ever]")
@_budget
@settings_options("store")
@click.pass_context
def create(context: click.Context, /, usd: Decimal | None, tokens: int | None, period: str, **given: Any) -> None:
    """Make a key, and show it this once."""
    with _opened(context) as accounts:
        secret, key = accounts.create_key(
            name=given["name"],
            project=given["project"],
            models=given["models"],
            per_minute=given["per_minute"],
            limit=_limit(usd, tokens, period),
            seconds=_seconds(given["expires"]),
        )
    click.echo(secret)
    click.echo(f"This is key {key.id} of project {key.project}. It is not shown again.", err=True)


def _seconds(age: str | None) -> float | None:
    if age is None:
        return None
    if not (found := _AGE.fullmatch(age)):
        raise InputError(f"{age!r} is not an age.", hint="Write 12h or 30d.")
    return 3600.0 * _HOURS[found[2]] * int(found[1])


@click.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One object a line instead.")
@settings_options("store")
@click.pass_context
def list_(context: click.Context, /, *, as_json: bool, **_: object) -> None:
    """Show all keys."""
    with _opened(context) as accounts:
        for key in accounts.known().keys.values():
            click.echo(json.dumps(_object(key)) if as_json else _line(key))


def _object(key: "Key") -> dict[str, Any]:
    usd = None if key.limit.usd is None else str(Decimal(key.limit.usd) / _NANO)
    return {
        "id": key.id,
        "name": key.name,
        "project": key.project,
        "models": list(key.models),
        "per_minute": key.per_minute,
        "usd": usd,
        "tokens": key.limit.tokens,
        "period": key.limit.period,
        "expires_at": _when(key.expires_at),
        "revoked_at": _when(key.revoked_at),
    }


def _line(key: "Key") -> str:
    said = {name: value for name, value in _object(key).items() if value not in (None, "", []) and name != "id"}
    return f"{key.id}  " + "  ".join(f"{name} {value}" for name, value in said.items())


def _when(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


@click.command()
@click.argument("key")
@settings_options("store")
@click.pass_context
def revoke(context: click.Context, /, key: str, **_: object) -> None:
    """End KEY, by its id; running gateways know within two seconds."""
    with _opened(context) as accounts:
        accounts.revoke_key(key)


@click.command()
@click.argument("project")
@_budget
@settings_options("store")
@click.pass_context
def limit(
    context: click.Context, /, project: str, usd: Decimal | None, tokens: int | None, period: str, **_: object
) -> None:
    """Limit what all keys of PROJECT may spend together; without an option, there is no limit."""
    with _opened(context) as accounts:
        accounts.limit_project(project, _limit(usd, tokens, period))


@click.command()
@click.argument("key")
@settings_options("store")
@click.pass_context
def forget(context: click.Context, /, key: str, **_: object) -> None:
    """Forget what KEY, by its id, spent, request by request; `latm forget --scope PROJECT` forgets what was asked."""
    with _opened(context) as accounts:
        click.echo(f"{accounts.forget_key(key)} requests.")


@click.command()
@settings_options("store")
@click.pass_context
def rebuild(context: click.Context, /, **_: object) -> None:
    """Count again what keys and projects have spent."""
    with _opened(context) as accounts:
        click.echo(f"{accounts.rebuild()} counters.")


@click.command()
@settings_options("store")
@click.pass_context
def acts(context: click.Context, /, **_: object) -> None:
    """What was done to keys and limits."""
    with _opened(context) as accounts:
        for at, who, what in accounts.acts():
            click.echo(f"{at}  {who}  {what}")
