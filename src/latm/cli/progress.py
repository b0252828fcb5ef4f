"""What a person sees while work goes on: on a terminal a live line, elsewhere a plain line now and then."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from latm.cli.words import dollars, tokens
from latm.models import Meter

if TYPE_CHECKING:
    from rich.console import RenderableType


class _Spent:
    """A line that is up to date whenever it is drawn."""

    def __init__(self, text: str, meter: Meter) -> None:
        from rich.spinner import Spinner

        self._spinner = Spinner("dots")
        self._text = text
        self._meter = meter

    def __rich__(self) -> "RenderableType":
        from rich.text import Text

        spent = self._meter.total()
        self._spinner.update(
            text=Text(f"{self._text}: {spent.calls} model calls, {tokens(spent.tokens)}, {dollars(spent.cost)}")
        )
        return self._spinner


@contextmanager
def working(text: str, meter: Meter) -> Iterator[None]:
    """Say what goes on, and on a terminal what it has spent so far."""
    if not sys.stderr.isatty():
        click.echo(f"{text} …", err=True)
        yield
        return
    from rich.console import Console
    from rich.live import Live

    with Live(_Spent(text, meter), console=Console(stderr=True), transient=True):
        yield
