"""What the verbs say of the lines that they could not read."""

import click

from latm.cli.words import plain
from latm.tasks.reading import Reading

_NAMED = 5


def name_skipped(reading: Reading) -> None:
    """Name the first malformed lines on standard error, and count them all."""
    for line, reason in reading.skipped[:_NAMED]:
        click.echo(f"{reading.source}, line {line} skipped: {plain(reason)}.", err=True)
    if reading.skipped_count > _NAMED:
        click.echo(f"{reading.skipped_count:,} lines were skipped in all.", err=True)
