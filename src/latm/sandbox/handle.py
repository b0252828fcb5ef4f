"""A worker as the host holds it: two pipes, a page of progress, and a pidfd to kill it by."""

import asyncio
import contextlib
import mmap
import os
import select
import signal
from collections.abc import Iterable, Sequence
from time import perf_counter_ns
from typing import Any

from latm.sandbox.allowance import Allowance
from latm.sandbox.exchange import Crowd, Exchange, Fate
from latm.sandbox.messages import MANY, request, requests
from latm.sandbox.placement import Placement
from latm.sandbox.protocol import Limits
from latm.sandbox.wire import HEADER, WireError, frame
from latm.sandbox.worker import BEAT, DONE, REPLIED, SENT

_READ = 1 << 16
"""Bytes read at once. A larger buffer is mapped and unmapped at each read, which takes longer than a tool."""

_SLACK = 1 << 17
_TICKS = 8
_MOMENT = 1
"""Milliseconds, the least that poll takes, for which a single call may hold up the loop."""
_AWAKE_NANOSECONDS = 50_000
"""How much of that is spent awake where the worker is: no core has to be woken then."""
_QUICK_SECONDS = 1e-3
"""A tool whose last call took longer is not waited for in this way."""
_TURN_SECONDS = 0.25
"""After which a batch gives way, between two of its calls, to whoever waits for a worker."""


class Handle:
    """One worker.

    Args:
        pidfd: its process.
        inbox: where to write requests.
        outbox: where to read replies.
        page: memory that it shares with the host; `latm.sandbox.worker` says what is where.
        limits: what a tool may use.

    Attributes:
        program: the source of the program that it has loaded.
        alive: whether it may still be used.
        used: whether it has run a call.
        core: where to begin many calls.
        exchanges: how many it has had.
        number: of its process.
    """

    def __init__(self, pidfd: int, inbox: int, outbox: int, page: mmap.mmap, limits: Limits) -> None:
        self.program: str | None = None
        self.alive = True
        self.used = False
        self.core = 0
        self.exchanges = 0
        self._pidfd = pidfd
        self._placement = Placement(pidfd)
        self.number = self._placement.number
        self._quick = True
        self._crowd: Crowd | None = None
        self._inbox = inbox
        self._outbox = outbox
        self._memory = page
        self._page = memoryview(page).cast("Q")
        self._sent = 0
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._status: asyncio.Future[int] = self._loop.create_future()
        self._received = bytearray()
        self._unsent = bytearray()
        self._exchange: Exchange | None = None
        self._timer: asyncio.TimerHandle | None = None
        for descriptor in (inbox, outbox):
            os.set_blocking(descriptor, False)
        self._loop.add_reader(outbox, self._readable)
        self._poll = select.poll()
        self._poll.register(outbox, select.POLLIN)

    @property
    def busy(self) -> bool:
        """Whether an exchange is under way."""
        return self._exchange is not None

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
            current.status = -signal.SIGKILL
            current.end(Fate.DIED, 0)
            return current
        self._exchange = current
        self.exchanges += 1
        beat, replied = self._page[BEAT], self._page[REPLIED]
        self._page[DONE] = 0
        try:
            self._send_all(payloads, current)
            if self._timer is None:
                self._look_later()
            if current.expected == 1 and self.used and self._quick:
                await self._linger(replied, beat)
            fate = await current.fate
        finally:
            self._exchange = None
        if fate is Fate.DIED:
            current.status = await self._status
        if current.expected == 1 and current.results:
            self._quick = current.results[0].seconds < _QUICK_SECONDS
        return current

    def _send_all(self, payloads: Iterable[bytes], current: Exchange) -> None:
        frames = (frame(current.id, payload) for payload in payloads)
        with self._placement.on(self.core) if current.expected > MANY else contextlib.nullcontext():
            self._send(next(frames))
        for more in frames:
            self._send(more)

    async def _linger(self, replied: int, beat: int) -> None:
        """Wait a moment for the reply before the loop turns: most tools are quicker than two of its turns.

        Only while nobody else wants the loop: all who are ready have their turn first, and may ask for workers. A
        worker that was awake while this process was has a core of its own, so that to wait awake does not hinder it.
        """
        awake = self._page[BEAT] != beat
        await asyncio.sleep(0)
        if self._crowd is None or not self._crowd.alone or not self.alive or not self.busy:
            return
        if awake:
            enough = perf_counter_ns() + _AWAKE_NANOSECONDS
            while self._page[REPLIED] == replied and perf_counter_ns() < enough:
                pass
        self._poll.poll(_MOMENT)
        self._readable()

    def kill(self) -> None:
        """End the process, whatever it is doing, and let go of it."""
        if not self.alive:
            return
        self.alive = False
        with contextlib.suppress(ProcessLookupError):  # it ended by itself
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._outbox)
        self._loop.remove_writer(self._inbox)
        for descriptor in (self._pidfd, self._inbox, self._outbox):
            os.close(descriptor)
        if not self._status.done():
            self._status.set_result(-signal.SIGKILL)
        self._end(Fate.DIED)
        self._page.release()
        self._memory.close()

    def died(self, status: int) -> None:
        """Hear how the process ended."""
        if not self._status.done():
            self._status.set_result(status)
        with contextlib.suppress(BlockingIOError):  # all has been read
            # What it wrote before it died still counts.
            while self.alive and self._read():
                continue
        self.kill()

    def _end(self, fate: Fate) -> None:
        if self._exchange is not None and not self._exchange.fate.done():
            self._exchange.end(fate, self._page[DONE])

    def _send(self, data: bytes) -> None:
        self._sent += 1
        self._page[SENT] = self._sent
        if not self._unsent:
            data = data[self._write(data) :]
            if not data:
                return
            self._loop.add_writer(self._inbox, self._writable)
        self._unsent += data

    def _writable(self) -> None:
        del self._unsent[: self._write(self._unsent)]
        if not self._unsent:
            self._loop.remove_writer(self._inbox)

    def _write(self, data: bytes | bytearray) -> int:
        """How much of it is dealt with: the pipe takes what it has room for."""
        try:
            return os.write(self._inbox, data)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            # Its death is heard of elsewhere; nothing more can be sent.
            return len(data)

    def _readable(self) -> None:
        with contextlib.suppress(BlockingIOError):  # nothing has arrived after all
            if not self._read():
                self._loop.remove_reader(self._outbox)

    def _read(self) -> bool:
        """Take what has arrived; False where nothing more will come."""
        data = os.read(self._outbox, _READ)
        self._received += data
        try:
            self._take_frames()
        except WireError as error:
            self._forged(str(error))
        return bool(data)

    def _forged(self, reason: str) -> None:
        self._received.clear()
        if self._exchange is None or self._exchange.fate.done():
            self.kill()
        else:
            self._exchange.reason = reason
            self._end(Fate.FORGED)

    def _take_frames(self) -> None:
        received = self._received
        while len(received) >= HEADER.size:
            length, exchange = HEADER.unpack_from(received)
            if length > self._limits.output_bytes + _SLACK:
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
            current.end(Fate.SPENT, self._page[DONE])
        elif self._crowd and self._crowd.queued and current.seconds > _TURN_SECONDS:
            current.end(Fate.YIELDED, self._page[DONE])

    def _look_later(self) -> None:
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
            with contextlib.suppress(BlockingIOError):  # nothing came at the last moment
                self._read()
            self._end(Fate.TIME)

    def condemn(self, reason: str) -> None:
        """Stop it for what it holds of the machine's memory."""
        if self._exchange is not None and not self._exchange.fate.done():
            self._exchange.reason = reason
            self._end(Fate.GREEDY)
        else:
            self.kill()
