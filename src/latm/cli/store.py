"""`latm store`: copying the tool cache to another database, looking it over, making it small, upgrading it."""

import sys
from contextlib import closing
from datetime import UTC, datetime

import click

from latm.cli.forget import forgotten_object, take_up_spilled, told
from latm.cli.objects import CompactObject, CopyObject, FindingObject, StoreCheckObject, UpgradeObject
from latm.cli.options import SettingsCommand, json_option, settings_from, settings_options, told_as_json
from latm.cli.words import counted, plain
from latm.errors import StoreError
from latm.learning.chores import sweep
from latm.store import ToolCache
from latm.store.checking import check as look_over
from latm.store.copying import copy as copy_all

_MEGABYTE = 1_000_000


@click.group()
def store() -> None:
    """The tool cache: copy it to another database, check it, make it small, upgrade it."""


@store.command(cls=SettingsCommand)
@click.argument("target", metavar="URL")
@click.option("--replace", is_flag=True, help="Delete what the other database holds.")
@json_option(CopyObject)
@settings_options("store")
@click.pass_context
def copy(context: click.Context, /, target: str, *, replace: bool, **_settings: object) -> None:
    """Copy the tool cache into the database at URL, of either kind: `sqlite:///PATH` or `postgresql://…`.

    All of it arrives, or nothing: it is one transaction, and the two are compared at its end. The copy lacks what is
    written to the tool cache meanwhile, so end the processes that learn into it first. The keys of a gateway are in
    a file of their own.
    """
    with ToolCache.open(settings_from(context).store) as source, ToolCache.open(target) as other:
        take_up_spilled(source)
        source.book_payments()
        with closing(_Shown()) as shown:
            contents = copy_all(source, other, replace=replace, told=shown.copied)
        rows = {name: held.rows for name, held in contents.items()}
        copied = CopyObject(store=source.address, target=other.address, rows=rows)
    if told_as_json(context, copied):
        return
    for name, count in rows.items():
        click.echo(f"{name:<13}{count:>13,}")
    click.echo(f"{copied['target']} now holds what {copied['store']} does: every table was compared, row by row.")


@store.command(cls=SettingsCommand)
@json_option(StoreCheckObject)
@settings_options("store")
@click.pass_context
def check(context: click.Context, /, **_settings: object) -> None:
    """Check the whole tool cache, without changing anything.

    It reads every row, and finds damage, values that do not fit their column, rows that refer to nothing, programs
    whose id is not their digest, and tasks whose status is not what their events make of it.

    Exits with status 7 if anything is wrong.
    """
    with ToolCache.open(settings_from(context).store) as cache:
        address, findings = cache.address, look_over(cache)
    said = [FindingObject(table=one.table, said=one.said) for one in findings]
    if not told_as_json(context, StoreCheckObject(store=address, sound=not findings, findings=said)):
        for one in findings:
            click.echo(plain(f"{one.table or 'all'}: {one.said}"))
        if findings:
            click.echo(f"{counted(len(findings), 'thing')} wrong with {address}; nothing was changed.", err=True)
        else:
            click.echo(f"{address} is sound.")
    if findings:
        context.exit(StoreError.exit_code)


@store.command(cls=SettingsCommand)
@json_option(CompactObject)
@settings_options("store", "retention_days", "retention_days_of")
@click.pass_context
def compact(context: click.Context, /, **_settings: object) -> None:
    """Forget what is too old, and give the room that deleted rows left back to the disk.

    `retention_days` and `retention_days_of` say what is kept for how long; without them nothing is forgotten. This
    takes as much free disk as the tool cache has, and its other users wait meanwhile.
    """
    settings = settings_from(context)
    with ToolCache.open(settings.store) as cache:
        take_up_spilled(cache)
        forgotten = sweep(cache, settings, datetime.now(UTC))
        before, after = cache.compact()
        address = cache.address
    shown = forgotten_object(forgotten)
    if told_as_json(context, CompactObject(store=address, forgotten=shown, bytes_before=before, bytes_after=after)):
        return
    click.echo(told(forgotten))
    click.echo(f"{address}: {before / _MEGABYTE:,.1f} MB before, {after / _MEGABYTE:,.1f} MB now")


@store.command(cls=SettingsCommand)
@json_option(UpgradeObject)
@settings_options("store")
@click.pass_context
def upgrade(context: click.Context, /, **_settings: object) -> None:
    """Upgrade the tool cache to the schema of this release.

    Every program that opens it does the same; this does only that, at a moment of your choice. It is one
    transaction: a tool cache that cannot be upgraded stays as it was.
    """
    with ToolCache.open(settings_from(context).store) as cache, cache.reading() as connection:
        upgraded = UpgradeObject(store=cache.address, before=cache.found, now=cache.schema(connection))
    if told_as_json(context, upgraded):
        return
    if upgraded["before"] == upgraded["now"]:
        click.echo(f"{upgraded['store']} has the schema {upgraded['now']} already.")
    else:
        was = upgraded["before"] or "empty"
        click.echo(f"{upgraded['store']} has the schema {upgraded['now']} now; it was {was}.")


class _Shown:
    """How far a copy is, in one line of a terminal."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()

    def copied(self, table: str, rows: int) -> None:
        """So many rows of a table."""
        if self._is_shown:
            click.echo(f"\r\x1b[K{table}: {rows:,} rows", err=True, nl=False)

    def close(self) -> None:
        """Leave no line behind."""
        if self._is_shown:
            click.echo("\r\x1b[K", err=True, nl=False)
