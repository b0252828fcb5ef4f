"""What a person sees while work goes on: on a terminal a live display, elsewhere a plain line now and then."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from latm.batch.run import Batch, Watcher
from latm.cli.lines import beginning, news, put_off, situation, waiting_for
from latm.cli.words import counted, dollars, plain, tokens
from latm.models import Meter
from latm.observing import MakingPostponed
from latm.provenance import Making

PLAIN_SECONDS = 10.0
"""How often a line is written if no terminal shows a live display."""


@contextmanager
def working(text: str, meter: Meter) -> Iterator[None]:
    """Say what goes on, and on a terminal what it has spent so far."""
    if not sys.stderr.isatty():
        click.echo(f"{text} …", err=True)
        yield
        return
    from latm.cli.live import live_spending

    with live_spending(text, lambda: _spent(meter)):
        yield


@contextmanager
def watching(total: int | None) -> Iterator[Watcher]:
    """Show a batch while it runs, on standard error.

    Args:
        total: questions in the input; None if unknown.
    """
    if not sys.stderr.isatty():
        yield PlainLines(total)
        return
    from latm.cli.live import LiveDisplay

    with LiveDisplay(total) as display:
        yield display


class PlainLines:
    """A line at the start, one every few seconds, and one for every making.

    Args:
        total: questions in the input; None if unknown.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._started = self._said = time.monotonic()
        self._waited = 0.0

    def started(self, batch: Batch) -> None:
        """Say how much there is to do."""
        click.echo(beginning(batch, self._total), err=True)

    def written(self, batch: Batch) -> None:
        """Say how far it is, if it is time."""
        now = time.monotonic()
        if now - self._said < PLAIN_SECONDS:
            return
        self._said = now
        rate = batch.counts.answered_now / (now - self._started)
        left = f", {(self._total - batch.counts.questions) / rate:,.0f} s left" if self._total and rate else ""
        of = f" of {self._total:,}" if self._total else ""
        click.echo(f"{batch.counts.questions:,}{of} at {rate:,.1f}/s{left}; {situation(batch)}", err=True)

    def begun(self, task: str) -> None:
        """Say what the run waits for."""
        click.echo(plain(f"making a tool for {task} …"), err=True)

    def made(self, making: Making) -> None:
        """Name what was made, or why nothing was."""
        click.echo(news(making), err=True)

    def postponed(self, postponed: MakingPostponed) -> None:
        """Say that the run goes on without a tool."""
        click.echo(put_off(postponed), err=True)

    def waiting(self, seconds: float, why: str) -> None:
        """Say when the run goes on: at once, and now and then."""
        if seconds < self._waited and seconds > self._waited - PLAIN_SECONDS:
            return
        self._waited = seconds
        click.echo(waiting_for(seconds, why), err=True)


def _spent(meter: Meter) -> str:
    spent = meter.total()
    return f"{counted(spent.calls, 'model call')}, {tokens(spent.tokens)}, {dollars(spent.cost)}"
