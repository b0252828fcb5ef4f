"""An exchange with a worker: a request under way, then what came of it, and who is to blame if it ended early."""

import asyncio
import os
import signal
from enum import StrEnum
from time import perf_counter
from typing import Protocol

from latm.sandbox.allowance import Allowance
from latm.sandbox.messages import read_results
from latm.sandbox.protocol import Limits, Result, Verdict
from latm.sandbox.worker import EXHAUSTED, SOILED

KILLED, CRASHED, TERMINATED, OTHER_NUMBERING = -9, -11, -15, -31
"""Statuses of workers: minus the signal, as Linux counts them; Windows lacks the names."""


class Fate(StrEnum):
    """How an exchange ended."""

    DONE = "done"
    TIME = "time"
    DIED = "died"
    FORGED = "forged"
    GREEDY = "greedy"
    YIELDED = "yielded"
    SPENT = "spent"


class Exchange:
    """A request under way, and then what came of it.

    Args:
        expected: how many results it asks for.
        fresh: whether its worker has run no call before.
        allowance: what it may cost.

    Attributes:
        id: random, so that no reply to one request can pass for a reply to another.
        fate: set when it is over.
        results: what has come, in the order of the calls.
        place: the call that was running when the worker was stopped.
        status: if the worker died, its exit status, or minus the signal.
        reason: if the worker was stopped for what it did, what that was.
        began: when it was sent, by `perf_counter`.
        seen: how many results there were at the last look.
        ticks: how often no more was seen since; from -1, because the first look may come at once.
    """

    def __init__(self, expected: int, fresh: bool, allowance: Allowance) -> None:
        self.id = int.from_bytes(os.urandom(8), "little")
        self.expected = expected
        self.fresh = fresh
        self.allowance = allowance
        self.fate: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
        self.results: list[Result] = []
        self.place = 0
        self.status = 0
        self.reason = ""
        self.began = perf_counter()
        self.seen = 0
        self.ticks = -1

    @property
    def seconds(self) -> float:
        """How long it has been under way."""
        return perf_counter() - self.began

    def end(self, fate: Fate, progress: int) -> None:
        """Record how it ended, and how many calls the worker claims to have done; only the first word counts."""
        if not self.fate.done():
            self.place = min(max(progress, len(self.results)), self.expected - 1)
            self.fate.set_result(fate)

    def take(self, payload: bytes) -> None:
        """Take one reply.

        Raises:
            WireError: it is not one, or more than was asked for.
        """
        left = self.expected - len(self.results)
        self.results += read_results(payload, left, self.seconds)
        self.allowance.bytes -= len(payload)


class Crowd(Protocol):
    """What a worker has to know of the others."""

    @property
    def alone(self) -> bool:
        """Whether nothing else is under way."""
        ...

    @property
    def queued(self) -> bool:
        """Whether somebody waits for a worker."""
        ...


def blame(exchange: Exchange, limits: Limits) -> Result | None:
    """What the call at `exchange.place` is to answer for; None if it is not known to be at fault.

    A worker that has run calls before may have been broken by one of those, so its death is not evidence.
    """
    fate = exchange.fate.result()
    if fate is Fate.TIME:
        return Result(Verdict.TIME, detail=f"it ran for more than {limits.seconds:g} s")
    if fate is Fate.GREEDY:
        return Result(Verdict.MEMORY, detail=exchange.reason)
    if fate in (Fate.DONE, Fate.YIELDED, Fate.SPENT) or not exchange.fresh:
        return None
    if fate is Fate.FORGED:
        return Result(Verdict.ERROR, detail=f"the tool wrote to its worker's reply channel: {exchange.reason}")
    if exchange.status == SOILED and exchange.results:
        return None
    return _blame_for_death(exchange.status)


def _blame_for_death(status: int) -> Result | None:
    if status in (KILLED, TERMINATED):
        return None
    if status == EXHAUSTED:
        return Result(Verdict.MEMORY, detail="the tool left its worker without memory")
    if status == OTHER_NUMBERING:
        return Result(Verdict.DENIED, detail="the tool made a system call of another machine's numbering")
    if status < 0:
        return Result(
            Verdict.ERROR, detail=f"the tool crashed its process ({_named(-status)}), as too deep a recursion does"
        )
    return Result(Verdict.ERROR, detail=f"the tool ended its process with status {status}")


def _named(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
