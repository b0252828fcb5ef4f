"""`latm doctor`: what works on this machine, and what is missing."""

import asyncio
import json
import os
import platform
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypedDict

import click

from latm.cli.awaiting import wait_for
from latm.cli.options import SettingsCommand, settings_from, settings_options
from latm.cli.words import dollars, plain, tokens
from latm.errors import LatmError, SandboxError
from latm.models.access import ProviderModel
from latm.models.port import Message, Request
from latm.sandbox import Verdict, open_sandbox
from latm.settings import Settings
from latm.store import ToolCache

_ROLES = ("maker", "user", "direct", "dispatcher")
_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
_TRIAL = Request([Message("user", "Reply with the word: yes")], "direct", max_tokens=2_000)


class Check(NamedTuple):
    """What was checked.

    Attributes:
        name: of the thing.
        ok: whether it works; None if it is not needed or not set.
        said: in one line, what was found, or what to do.
    """

    name: str
    ok: bool | None
    said: str


class CheckObject(TypedDict):
    """A check as `--json` prints it."""

    name: str
    ok: bool | None
    said: str


@click.command(cls=SettingsCommand)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects instead: name, ok, said.")
@settings_options()
@click.pass_context
def doctor(context: click.Context, /, *, as_json: bool, **_settings: object) -> None:
    """Check Python, the sandbox, the store, and each model with one tiny call.

    The exit code is 1 if something that is needed does not work.
    """
    checks = wait_for(checked(settings_from(context)))
    if as_json:
        objects: list[CheckObject] = [{"name": each.name, "ok": each.ok, "said": each.said} for each in checks]
        click.echo(json.dumps(objects))
    else:
        for each in checks:
            mark = {True: click.style("ok", fg="green"), False: click.style("no", fg="red"), None: "--"}[each.ok]
            click.echo(f"{mark}  {each.name:<11}{plain(each.said)}")
    if any(each.ok is False for each in checks):
        context.exit(1)


async def checked(settings: Settings) -> Sequence[Check]:
    """Every check, in order; models with a call each."""
    checks = [_python(), _proxy()]
    checks.append(await _tried("sandbox", lambda: _sandbox(settings)))
    checks.append(await _tried("store", lambda: _store(settings)))
    names = {role: name for role in _ROLES if (name := getattr(settings, role))}
    if not names:
        checks.append(Check("models", None, "none is set: tools answer, nothing else does. `latm init` sets one."))
    checks += await asyncio.gather(*(model_check(role, name, settings) for role, name in names.items()))
    return checks


async def model_check(role: str, name: str, settings: Settings) -> Check:
    """One tiny call to a model."""

    async def call() -> str:
        model = ProviderModel(name, timeout=min(settings.timeout, 60.0))
        try:
            completion = await model.complete(_TRIAL)
        finally:
            await model.close()
        usage = completion.usage
        price = dollars(usage.cost) if model.has_price() else "price unknown: a budget in dollars cannot hold it"
        return f"{name} answers {completion.text.strip()[:20]!r}, {tokens(usage.tokens)}, {price}"

    return await _tried(role, call)


async def _tried(name: str, check: Callable[[], Awaitable[str]]) -> Check:
    try:
        return Check(name, True, await check())
    except LatmError as error:
        return Check(name, False, str(error))


def _python() -> Check:
    return Check(
        "python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.prefix}"
    )


def _proxy() -> Check:
    found = [name for name in _PROXIES if os.environ.get(name) or os.environ.get(name.lower())]
    return Check("proxy", None, f"{', '.join(found)} is set: models are reached through it" if found else "none")


async def _sandbox(settings: Settings) -> str:
    async with open_sandbox(settings) as sandbox:
        result = await sandbox.call("def one():\n    return 1\n", "one")
    if result.verdict is not Verdict.OK:
        raise SandboxError(
            f"A tool that returns 1 ended with {result.verdict}.", hint="`latm sandbox check` says more."
        )
    return f"{settings.sandbox}, a tool answered; `latm sandbox check` attacks it"


async def _store(settings: Settings) -> str:
    with ToolCache.open(settings.store) as cache:
        where = cache.address
        known = list(cache.changes(0).known)
    served = sum(one.tool is not None for one in known)
    return f"{where}: {len(known):,} tasks, {served:,} with a tool"
