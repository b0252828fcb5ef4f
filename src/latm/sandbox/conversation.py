"""A worker as the host sees it, whatever it is made of: exchanges, limits of time, forged replies."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from latm.sandbox.allowance import Allowance
from latm.sandbox.exchange import KILLED, Crowd, Exchange, Fate
from latm.sandbox.messages import request, requests
from latm.sandbox.protocol import Limits
from latm.sandbox.wire import HEADER, WireError

SLACK = 1 << 17
"""Bytes that a reply may have beside one value."""
_TICKS = 8
_TURN_SECONDS = 0.25
"""After which a batch gives way, between two of its calls, to whoever waits for a worker."""


class Worker(ABC):
    """A worker that runs one program's functions.

    Args:
        limits: what a tool may use.

    Attributes:
        program: the source of the program that it has loaded.
        alive: whether it may still be used.
        used: whether it has run a call.
        others: how many worked when it began.
        exchanges: how many it has had.
    """

    def __init__(self, limits: Limits) -> None:
        self.program: str | None = None
        self.alive = True
        self.used = False
        self.others = 0
        self.exchanges = 0
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._status: asyncio.Future[int] = self._loop.create_future()
        self._received = bytearray()
        self._crowd: Crowd | None = None
        self._exchange: Exchange | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def busy(self) -> bool:
        """Whether an exchange is under way."""
        return self._exchange is not None

    @abstractmethod
    def kill(self) -> None:
        """End the worker, whatever it is doing, and let go of it."""

    @abstractmethod
    def held(self) -> int:
        """Bytes of memory that it holds."""

    @abstractmethod
    def processor_seconds(self) -> float:
        """What it has had of the cores."""

    @abstractmethod
    async def _deliver(self, payloads: Iterable[bytes], current: Exchange) -> None:
        """Send the requests of an exchange; to wait for the reply is allowed, and not needed."""

    @abstractmethod
    def _done(self) -> int:
        """How many calls of the exchange the worker claims to have done."""

    @abstractmethod
    def _read_the_rest(self) -> None:
        """Take what has arrived and was not yet read."""

    async def load(self, program: str) -> Exchange:
        """Have the worker import a program; one result."""
        self.program = program
        return await self._converse([request(program)], Exchange(1, not self.used, Allowance.of(self._limits, 1)))

    async def call(self, function: str, calls: Sequence[Sequence[Any]], allowance: Allowance, crowd: Crowd) -> Exchange:
        """Have the worker call a function of its program; one result for each sequence of arguments."""
        self._crowd = crowd
        exchange = Exchange(len(calls), not self.used, allowance)
        try:
            await self._converse(requests(function, calls), exchange)
        finally:
            allowance.seconds -= exchange.seconds
        self.used = True
        return exchange

    async def _converse(self, payloads: Iterable[bytes], current: Exchange) -> Exchange:
        if not self.alive:
            current.status = KILLED
            current.end(Fate.DIED, 0)
            return current
        self._exchange = current
        self.exchanges += 1
        try:
            await self._deliver(payloads, current)
            fate = await current.fate
        finally:
            self._exchange = None
        if fate is Fate.DIED:
            current.status = await self._status
        return current

    def condemn(self, reason: str) -> None:
        """Stop it for what it holds of the machine's memory."""
        if self._exchange is not None and not self._exchange.fate.done():
            self._exchange.reason = reason
            self._end(Fate.GREEDY)
        else:
            self.kill()

    def _end(self, fate: Fate) -> None:
        if self._exchange is not None and not self._exchange.fate.done():
            self._exchange.end(fate, self._done())

    def _take_in(self, data: bytes) -> None:
        """Take what the worker wrote."""
        self._received += data
        try:
            self._take_frames()
        except WireError as error:
            self._received.clear()
            if self._exchange is None or self._exchange.fate.done():
                self.kill()
            else:
                self._exchange.reason = str(error)
                self._end(Fate.FORGED)

    def _take_frames(self) -> None:
        received = self._received
        while len(received) >= HEADER.size:
            length, exchange = HEADER.unpack_from(received)
            if length > self._limits.output_bytes + SLACK:
                raise WireError(f"a reply of {length} bytes")
            if self._exchange is None or self._exchange.fate.done() or exchange != self._exchange.id:
                raise WireError("a reply that no request waits for")
            end = HEADER.size + length
            if len(received) < end:
                return
            payload = bytes(received[HEADER.size : end])
            del received[:end]
            self._take(self._exchange, payload)

    def _take(self, current: Exchange, payload: bytes) -> None:
        current.take(payload)
        if len(current.results) == current.expected:
            current.end(Fate.DONE, current.expected)
        elif current.allowance.refusal():
            self._end(Fate.SPENT)
        elif self._crowd and self._crowd.queued and current.seconds > _TURN_SECONDS:
            self._end(Fate.YIELDED)

    def _look_later(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(self._limits.seconds / _TICKS, self._look)

    def _look(self) -> None:
        """Look whether the worker still gets on; one that has sat on one call for too long is over its time.

        Looks are counted, not the clock: while this loop is held up nothing is sent or read, and that is not the
        tool's fault. One timer serves many exchanges, because setting one takes as long as a small tool.
        """
        self._timer = None
        current = self._exchange
        if current is None or current.fate.done():
            return
        # Results alone buy time. A worker sends them before it begins a call, if the last ones are 2 ms old.
        progress = len(current.results)
        current.ticks = 0 if progress > current.seen else current.ticks + 1
        current.seen = progress
        if current.allowance.refusal(current.seconds):
            self._end(Fate.SPENT)
        elif current.ticks < _TICKS:
            self._look_later()
        else:
            self._read_the_rest()
            self._end(Fate.TIME)
