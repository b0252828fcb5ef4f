"""The flags that say how a file holds its questions, and what the verbs say of what they read."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import click

from latm.cli.words import plain
from latm.reading.columns import Columns
from latm.reading.formats import Format, Notation
from latm.reading.reading import Reading, read
from latm.reading.template import Template

_NAMED = 5
_ALL = "all"
_TAB = "\\t"

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--format",
        "layout",
        type=click.Choice([*Format], case_sensitive=False),
        help="How the file holds its records; by its suffix.",
    ),
    click.option("--question", metavar="COLUMN", help="The column that holds the questions."),
    click.option("--answer", metavar="COLUMN", help="The column that holds the right answers."),
    click.option("--id", "identity", metavar="COLUMN", help="The column that holds your name for a record."),
    click.option(
        "--template",
        metavar="TEXT|FILE",
        help="The prompt, with {COLUMN} where a column's value goes: one kind of question, whose instruction and data "
        "stand apart.",
    ),
    click.option("--encoding", metavar="NAME", help="The encoding of a text file; found from its first bytes."),
    click.option("--delimiter", metavar="CHARACTER", help="Between the cells of CSV; found from its first rows."),
    click.option("--strict", is_flag=True, help="Stop at a malformed line instead of skipping it."),
)


def input_options(command: _Command) -> _Command:
    """Give a command the flags that `reading_of` understands."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def reading_of(source: str, given: Mapping[str, Any], keep: tuple[str, ...] = ()) -> Reading:
    """A file, read as the flags say.

    Args:
        source: a path, or `-`.
        given: the values of `input_options`; others are passed over.
        keep: columns that go along; `all` for every one.

    Raises:
        click.UsageError: two of them exclude each other.
        InputError: the file or the template cannot be read.
    """
    if given["template"] and given["question"]:
        raise click.UsageError("--template and --question exclude each other: a template names its columns itself.")
    delimiter = "\t" if given["delimiter"] == _TAB else given["delimiter"]
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise click.UsageError(f"--delimiter is one character, and no quote; this is {delimiter!r}.")
    columns = Columns(
        given["question"],
        given["answer"],
        given["identity"],
        Template.of(given["template"]) if given["template"] else None,
        None if not keep else () if _ALL in keep else keep,
    )
    layout = cast("Format | None", given["layout"])
    return read(
        source,
        layout=Format(layout) if layout else None,
        strict=given["strict"],
        columns=columns,
        notation=Notation(given["encoding"], delimiter),
    )


def name_read(reading: Reading) -> None:
    """Say on standard error how the file was read, if latm had to find that out, and what was left out of it."""
    if reading.said and reading.said != "questions from `question`":
        click.echo(plain(f"{reading.name}: {reading.said}."), err=True)
    name_skipped(reading)


def name_skipped(reading: Reading) -> None:
    """Name the first malformed lines on standard error, and count them all."""
    for line, reason in reading.skipped[:_NAMED]:
        click.echo(plain(f"{reading.name}, line {line} skipped: {reason}."), err=True)
    if reading.skipped_count > _NAMED:
        click.echo(f"{reading.skipped_count:,} lines were skipped in all.", err=True)
