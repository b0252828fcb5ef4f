"""A worker as the host holds it: two pipes, a page of progress, and a pidfd to kill it by."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from latm.sandbox.protocol import Limits, Result, Verdict
from latm.sandbox.wire import HEADER, WireError, decode

_READ = 1 << 18
_SLACK = 1 << 16
_TICKS = 8


class Ending(StrEnum):
    """How an exchange ended."""

    DONE = "done"
    TIME = "time"
    DIED = "died"
    FORGED = "forged"


@dataclass(slots=True)
class Exchange:
    """A request under way.

    Attributes:
        id: random; what replies must carry.
        expected: how many results.
        over: set when it ended.
        results: what has come so far, in order.
        status: of the worker's process, where it died: an exit status, or minus a signal.
        reason: what was wrong with a forged reply.
        seen: the progress that was last seen.
        since: when it was first seen, on the loop's clock.
    """

    id: int
    expected: int
    over: asyncio.Future[Ending]
    results: list[Result] = field(default_factory=list)
    status: int | None = None
    reason: str = ""
    seen: int = 0
    since: float = 0.0


class Handle:
    """One worker.

    Args:
        pidfd: its process.
        inbox: where to write requests.
        outbox: where to read replies.
        progress: the page that it shares with the host.
        limits: what a tool may use.
    """

    def __init__(self, pidfd: int, inbox: int, outbox: int, progress: memoryview, limits: Limits) -> None:
        self.program: str | None = None
        self.alive = True
        self._pidfd = pidfd
        self._inbox = inbox
        self._outbox = outbox
        self._progress = progress
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._unsent = bytearray()
        self._exchange: Exchange | None = None
        self._status: asyncio.Future[int] = self._loop.create_future()
        os.set_blocking(inbox, False)  # noqa: FBT003  # the os module's own signature
        os.set_blocking(outbox, False)  # noqa: FBT003  # the os module's own signature
        self._loop.add_reader(outbox, self._readable)

    async def exchange(self, exchange: int, frames: Iterable[bytes], expected: int) -> tuple[Ending, Exchange]:
        """Send frames, and wait for so many results or another ending."""
        now = self._loop.time()
        current = self._exchange = Exchange(exchange, expected, self._loop.create_future(), since=now)
        self._progress[0] = 0
        for data in frames:
            self._send(data)
        timer = self._loop.call_at(now + self._limits.seconds / _TICKS, self._tick, current)
        try:
            ending = await current.over
        finally:
            timer.cancel()
            self._exchange = None
        if ending is Ending.DIED:
            current.status = await self._status
        return ending, current

    def progress(self) -> int:
        """How many items of the exchange the worker says are done."""
        return self._progress[0]

    def kill(self) -> None:
        """End the process, whatever it is doing, and let go of it."""
        if not self.alive:
            return
        self.alive = False
        with contextlib.suppress(ProcessLookupError):  # it ended by itself
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        self._loop.remove_reader(self._outbox)
        self._loop.remove_writer(self._inbox)
        for descriptor in (self._pidfd, self._inbox, self._outbox):
            os.close(descriptor)

    def died(self, status: int) -> None:
        """Hear from the zygote that it ended."""
        if not self._status.done():
            self._status.set_result(status)
        self._end(Ending.DIED)

    def _send(self, data: bytes) -> None:
        if not self._unsent:
            try:
                data = data[os.write(self._inbox, data) :]
            except BlockingIOError:
                pass
            except BrokenPipeError:
                self._end(Ending.DIED)
                return
            if data:
                self._loop.add_writer(self._inbox, self._writable)
        self._unsent += data

    def _writable(self) -> None:
        try:
            del self._unsent[: os.write(self._inbox, self._unsent)]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._unsent.clear()
            self._end(Ending.DIED)
        if not self._unsent:
            self._loop.remove_writer(self._inbox)

    def _readable(self) -> None:
        try:
            data = os.read(self._outbox, _READ)
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(self._outbox)
            self._end(Ending.DIED)
            return
        self._received += data
        try:
            self._take_frames()
        except WireError as error:
            self._received.clear()
            if self._exchange is not None:
                self._exchange.reason = str(error)
            self._end(Ending.FORGED)

    def _take_frames(self) -> None:
        received = self._received
        while len(received) >= HEADER.size:
            length, exchange = HEADER.unpack_from(received)
            if length > self._limits.output_bytes + _SLACK:
                raise WireError(f"a reply of {length} bytes")
            if self._exchange is None or exchange != self._exchange.id:
                raise WireError("a reply to another request")
            if len(received) < HEADER.size + length:
                return
            payload = bytes(received[HEADER.size : HEADER.size + length])
            del received[: HEADER.size + length]
            self._take(self._exchange, payload)

    def _take(self, current: Exchange, payload: bytes) -> None:
        current.results += read_results(decode(payload))
        if len(current.results) > current.expected:
            raise WireError("more replies than requests")
        if len(current.results) == current.expected:
            self._end(Ending.DONE)

    def _tick(self, current: Exchange) -> None:
        if current.over.done():
            return
        now, seconds, progress = self._loop.time(), self._limits.seconds, self._progress[0]
        if progress != current.seen:
            current.seen, current.since = progress, now
        elif now - current.since >= seconds:
            self._readable()
            self._end(Ending.TIME)
            return
        self._loop.call_at(min(current.since + seconds, now + seconds / _TICKS), self._tick, current)

    def _end(self, ending: Ending) -> None:
        if self._exchange is not None and not self._exchange.over.done():
            self._exchange.over.set_result(ending)


def read_results(reply: Any) -> list[Result]:
    """The results in one reply: `[values, [[index, verdict, detail], …], nanoseconds]`.

    Raises:
        WireError: it is not of that form.
    """
    try:
        values, failures, nanoseconds = reply
        results = [
            Result(Verdict.ABSTAINED if value is None else Verdict.OK, value, "", taken * 1e-9)
            for value, taken in zip(values, nanoseconds, strict=True)
        ]
        for index, verdict, detail in failures:
            results[index] = Result(Verdict(verdict), None, str(detail), results[index].seconds)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise WireError(f"a reply of another form: {error!r}"[:300]) from error
    return results
