"""How the command line fails: one sentence and what to do about it, the same as an object with --json, an exit code."""

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import click

from latm.cli.words import plain
from latm.errors import LatmError

AS_JSON = "latm.json"
"""In a context's `meta`: whether the verb was asked for an object."""
DEBUG = "latm.debug"
"""In a context's `meta`: whether tracebacks are wanted."""
INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


class _Said(logging.Handler):
    """What is worth knowing about a model, on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(plain(record.getMessage()), err=True)


@contextmanager
def saying() -> Iterator[None]:
    """Show what is logged of models: what an endpoint does not know, if it was found, how long it asks to wait."""
    logger, handler = logging.getLogger("latm.models"), _Said(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def explained(context: click.Context) -> Iterator[None]:
    """End the program with a sentence if an error of latm, or Ctrl-C, comes through."""
    try:
        yield
    except KeyboardInterrupt as stop:
        click.echo(plain(f"\nStopped. {stop}".rstrip()), err=True)
        context.exit(INTERRUPTED)
    except LatmError as error:
        _fail(context, error)


def _fail(context: click.Context, error: LatmError) -> None:
    if context.meta.get(DEBUG):
        traceback.print_exception(error)
    click.echo(f"{click.style('Error:', fg='red')} {plain(error.message)}", err=True)
    if error.hint:
        click.echo(plain(error.hint), err=True)
    if context.meta.get(AS_JSON):
        click.echo(json.dumps({"error": error_object(error)}))
    context.exit(error.exit_code)


def error_object(error: LatmError) -> dict[str, str | int]:
    """An error as the object that `--json` prints under `error`."""
    return {
        "type": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "exit_code": error.exit_code,
    }
